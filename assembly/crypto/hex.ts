import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

/** The bytes that pairs of hexadecimal digits, in any case, stand for. Null for anything else. */
export function hexBytes(text: string): Uint8Array | null {
  return decodeHex(encode(text));
}

/** As `hexBytes`, for text that is there as bytes. */
export function decodeHex(text: Slice): Uint8Array | null {
  const size = sizeOf(text);
  if ((size & 1) != 0) return null;
  const bytes = new Uint8Array(<i32>(size >> 1));
  let at = dataOf(text);
  let target = bytes.dataStart;
  for (const end = at + size; at < end; at += 2) {
    const high = digit(load<u8>(at));
    const low = digit(load<u8>(at, 1));
    if ((high | low) > 15) return null;
    store<u8>(target++, (high << 4) | low);
  }
  return bytes;
}

/** Bytes as hexadecimal digits in lower case, two for each. */
export function hexText(bytes: Uint8Array): string {
  let at = bytes.dataStart;
  const end = at + <usize>bytes.length;
  const text = __new((end - at) << 2, idof<string>());
  for (let target = text; at < end; target += 4) {
    const byte = <u32>load<u8>(at++);
    store<u16>(target, character(byte >> 4));
    store<u16>(target, character(byte & 15), 2);
  }
  return changetype<string>(text);
}

function digit(character: u32): u32 {
  if (character - 0x30 < 10) return character - 0x30;
  const letter = (character | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}

function character(digit: u32): u16 {
  return <u16>(digit + (digit < 10 ? 0x30 : 0x61 - 10));
}
