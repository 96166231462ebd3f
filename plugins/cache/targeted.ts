import { ListMembers, Slice, dataOf, sizeOf } from "as-proxy-wasm";

const QUOTE: u32 = 0x22;
const EQUALS: u32 = 0x3d;

/**
 * Whether the value of a targeted field, such as `cdn-cache-control`, can be the dictionary that it has to be: keys in
 * small letters, without a value or with one that begins as an item does, and times that are numbers. One that cannot
 * means nothing at all. (RFC 9213, 2.1; RFC 9651, 3.2)
 */
export function isDictionary(value: Slice): bool {
  const members = new ListMembers(value);
  while (members.next()) {
    if (!isEntry(members.member)) return false;
  }
  return true;
}

function isEntry(member: Slice): bool {
  let at = dataOf(member);
  const end = at + sizeOf(member);
  if (!isKeyStart(load<u8>(at))) return false;
  while (at < end && isOfKey(load<u8>(at))) at += 1;
  if (at == end || <u32>load<u8>(at) == 0x3b) return true;
  if (<u32>load<u8>(at) != EQUALS || at + 1 == end) return false;
  const first = <u32>load<u8>(at + 1);
  // The directives that are known here and have a value are numbers, but for names of fields.
  if (first == QUOTE) return <u32>load<u8>(at - 1) == 0x65 ? !endsInAge(dataOf(member), at) : true;
  const isNumber = first - 0x30 < 10 || first == 0x2d;
  const isToken = (first | 0x20) - 0x61 < 26 || first == 0x2a;
  return isNumber || isToken || first == 0x3a || first == 0x3f || first == 0x28 || first == 0x40;
}

/** Whether a key is one of a time: `max-age`, `s-maxage`. */
function endsInAge(begin: usize, end: usize): bool {
  return end - begin >= 6 && <u32>load<u8>(end - 2) == 0x67 && <u32>load<u8>(end - 3) == 0x61;
}

// @ts-ignore: decorator
@inline
function isKeyStart(byte: u32): bool {
  return byte - 0x61 < 26 || byte == 0x2a;
}

function isOfKey(byte: u32): bool {
  return isKeyStart(byte) || byte - 0x30 < 10 || byte == 0x5f || byte == 0x2d || byte == 0x2e;
}
