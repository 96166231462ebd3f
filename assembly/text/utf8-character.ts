/** No character: the byte at that address begins none. */
export const NOT_UTF8: i32 = -1;

let size: usize = 0;

/** How many bytes the character took that was read last; 1 for a byte that begins none. */
// @ts-ignore: decorator
@inline
export function characterSize(): usize {
  return size;
}

/** The code point of the character that begins at an address before `end`, or `NOT_UTF8`. (RFC 3629, 4) */
export function characterAt(at: usize, end: usize): i32 {
  const lead = <i32>load<u8>(at);
  size = 1;
  if (lead < 0x80) return lead;
  if (lead < 0xc2 || lead > 0xf4) return NOT_UTF8;
  const length: usize = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (end - at < length) return NOT_UTF8;
  let code = lead & (0x7f >> (<i32>length));
  for (let i: usize = 1; i < length; i++) {
    const byte = <i32>load<u8>(at + i);
    if ((byte & 0xc0) != 0x80) return NOT_UTF8;
    code = (code << 6) | (byte & 0x3f);
  }
  const overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code & ~0x7ff) == 0xd800) return NOT_UTF8;
  size = length;
  return code;
}
