import { Slice, copyOf, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

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

/** What of a host a pattern fixes. */
enum Fixed {
  /** Nothing: `*`. */
  Nothing,
  /** All of it: `example.com`. */
  All,
  /** Its end: `*.example.com` means sub-domains at any depth, not `example.com` itself. */
  End,
  /** Its beginning: `example.*` means any name that goes on after `example.`. */
  Beginning,
}

/** A host as configurations name it. Matching ignores case and ports, and allocates nothing. */
@final
export class HostPattern {
  private constructor(
    private readonly fixed: Fixed,
    private readonly text: Uint8Array,
  ) {}

  /** The pattern of a text; null for one that is neither a host nor `*.host`, `host.*` or `*`. A port is ignored. */
  static parse(text: string): HostPattern | null {
    const given = encode(text);
    const size = sizeOf(given);
    if (size > 2 && load<u16>(dataOf(given)) == 0x2e2a) {
      return HostPattern.of(Fixed.End, hostOf(slice(dataOf(given) + 1, size - 1)), 2);
    }
    if (size > 2 && load<u16>(dataOf(given) + size - 2) == 0x2a2e) {
      return HostPattern.of(Fixed.Beginning, slice(dataOf(given), size - 1), 2);
    }
    if (size == 1 && load<u8>(dataOf(given)) == 0x2a) return HostPattern.of(Fixed.Nothing, 0, 0);
    return HostPattern.of(Fixed.All, hostOf(given), 1);
  }

  private static of(fixed: Fixed, text: Slice, minimumSize: usize): HostPattern | null {
    if (sizeOf(text) < minimumSize) return null;
    for (let at = dataOf(text); at < dataOf(text) + sizeOf(text); at++) {
      const byte = load<u8>(at);
      if (byte <= 0x20 || byte == 0x2a || byte == 0x2f) return null;
    }
    return new HostPattern(fixed, copyOf(text));
  }

  /** Whether an authority, as the request has it, names such a host. */
  matches(authority: Slice): bool {
    if (this.fixed == Fixed.Nothing) return true;
    const host = hostOf(authority);
    const text = sliceOf(this.text);
    const size = sizeOf(text);
    if (this.fixed == Fixed.All) {
      return sizeOf(host) == size && equalIgnoringCase(dataOf(host), dataOf(text), size);
    }
    if (sizeOf(host) <= size) return false;
    const skipped = this.fixed == Fixed.End ? sizeOf(host) - size : 0;
    return equalIgnoringCase(dataOf(host) + skipped, dataOf(text), size);
  }
}
