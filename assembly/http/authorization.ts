import { lowerCase } from "../runtime/ascii";
import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { equalNames } from "./fields";
import { Headers, NO_HEADER } from "./headers";

const SPACE: u32 = 0x20;
const TAB: u32 = 0x09;

/**
 * What a field such as `authorization` says after the name of its scheme, without the white space around it; the
 * scheme's case does not count (RFC 9110, 11.4). `NO_HEADER` where the field is of another scheme, or says nothing more.
 */
export function credentialsOf(field: Slice, scheme: string): Slice {
  const name = encode(scheme);
  let at = dataOf(field);
  let end = at + sizeOf(field);
  while (at < end && isSpace(load<u8>(at))) at += 1;
  while (end > at && isSpace(load<u8>(end - 1))) end -= 1;
  const size = sizeOf(name);
  if (end - at <= size) return NO_HEADER;
  for (let i: usize = 0; i < size; i++) {
    if (lowerCase(load<u8>(at + i)) != lowerCase(load<u8>(dataOf(name) + i))) return NO_HEADER;
  }
  at += size;
  if (<u32>load<u8>(at) != SPACE) return NO_HEADER;
  while (<u32>load<u8>(at) == SPACE) at += 1;
  return slice(at, end - at);
}

/** Whether a request has more than one field of a name. */
export function isRepeated(request: Headers, name: string): bool {
  const wanted = encode(name);
  const field = request.cursor();
  let found = false;
  while (field.next()) {
    if (!equalNames(field.nameSlice, wanted)) continue;
    if (found) return true;
    found = true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function isSpace(byte: u32): bool {
  return byte == SPACE || byte == TAB;
}
