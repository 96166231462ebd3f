import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";

/**
 * The host of an authority (`:authority`, or `host`): without user information, port and the dot that may end an
 * absolute name, an IPv6 address with its brackets. It is a part of what was given, in the case that it had.
 */
export function hostOf(authority: Slice): Slice {
  let begin = dataOf(authority);
  let end = begin + sizeOf(authority);
  for (let at = begin; at < end; at++) {
    if (load<u8>(at) == 0x40) begin = at + 1;
  }
  end = withoutPort(begin, end);
  if (end > begin && load<u8>(end - 1) == 0x2e) end -= 1;
  return slice(begin, end - begin);
}

/** Where the host ends: before a port, which is digits or nothing after the only colon outside brackets. */
function withoutPort(begin: usize, end: usize): usize {
  let colon = end;
  while (colon > begin && load<u8>(colon - 1) - 0x30 < 10) colon -= 1;
  if (colon == begin || load<u8>(colon - 1) != 0x3a) return end;
  colon -= 1;
  if (colon > begin && load<u8>(colon - 1) == 0x5d) return colon;
  for (let at = begin; at < colon; at++) {
    // An IPv6 address without brackets has no port.
    if (load<u8>(at) == 0x3a) return end;
  }
  return colon;
}

/** Whether two runs of `size` bytes are the same but for the case of ASCII letters. */
function equalIgnoringCase(a: usize, b: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) {
    if (lowerCase(load<u8>(a + i)) != lowerCase(load<u8>(b + i))) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function lowerCase(byte: u8): u8 {
  return byte - 0x41 < 26 ? byte | 0x20 : byte;
}

const WILDCARD: u32 = 0x2a;
const DOT: u32 = 0x2e;

/**
 * Whether a text is a pattern for hosts: a host, `*.host`, `host.*` or `*`. A port may follow and means nothing; user
 * information before it is a mistake.
 */
export function isHostPattern(pattern: Slice): bool {
  if (isAny(pattern)) return true;
  const host = hostOf(pattern);
  const fixed = fixedPart(host);
  let byte: u32 = DOT;
  for (let at = dataOf(fixed); at < dataOf(fixed) + sizeOf(fixed); at++) {
    byte = load<u8>(at);
    if (byte <= 0x20 || byte == WILDCARD || byte == 0x2f) return false;
  }
  // Of `*.` and `.*` a dot is left, which is no host.
  return dataOf(host) == dataOf(pattern) && sizeOf(fixed) > <usize>(byte == DOT);
}

/**
 * Whether an authority, as a request has it, names a host that fits a pattern, without case and port: `*.example.com`
 * means names at any depth under `example.com` but not itself, `example.*` means any that go on after `example.`.
 */
export function fitsHost(pattern: Slice, authority: Slice): bool {
  if (isAny(pattern)) return true;
  const host = hostOf(authority);
  const whole = hostOf(pattern);
  const fixed = fixedPart(whole);
  const size = sizeOf(fixed);
  let data = dataOf(host);
  if (size == sizeOf(whole)) {
    if (sizeOf(host) != size) return false;
  } else {
    if (sizeOf(host) <= size) return false;
    if (dataOf(fixed) != dataOf(whole)) data += sizeOf(host) - size;
  }
  return equalIgnoringCase(data, dataOf(fixed), size);
}

function isAny(pattern: Slice): bool {
  return sizeOf(pattern) == 1 && load<u8>(dataOf(pattern)) == WILDCARD;
}

/** A pattern without the `*` that it begins or ends with, beside its dot. */
function fixedPart(pattern: Slice): Slice {
  const data = dataOf(pattern);
  const size = sizeOf(pattern);
  if (size < 2) return pattern;
  if (load<u16>(data) == 0x2e2a) return slice(data + 1, size - 1);
  return slice(data, load<u16>(data + size - 2) == 0x2a2e ? size - 1 : size);
}
