import { ByteBuffer, Slice, dataOf, sizeOf } from "as-proxy-wasm";

const PERCENT: u32 = 0x25;
const PLUS: u32 = 0x2b;

/** Whether a name as it stands in a query says these bytes: `%61+b` says `a b`. */
export function saysName(written: Slice, name: Slice): bool {
  let at = dataOf(written);
  const end = at + sizeOf(written);
  let wanted = dataOf(name);
  const wantedEnd = wanted + sizeOf(name);
  while (at < end) {
    if (wanted == wantedEnd) return false;
    let byte = <u32>load<u8>(at);
    at += 1;
    if (byte == PLUS) {
      byte = 0x20;
    } else if (byte == PERCENT && end - at >= 2) {
      const code = (digit(load<u8>(at)) << 4) | digit(load<u8>(at, 1));
      if (code >= 0) {
        byte = code;
        at += 2;
      }
    }
    if (byte != <u32>load<u8>(wanted)) return false;
    wanted += 1;
  }
  return wanted == wantedEnd;
}

/** Writes bytes for a query: letters, digits and `-._~` as they are, all others as `%2F`. (RFC 3986, 2.3) */
export function percentEncode(bytes: Slice, out: ByteBuffer): void {
  for (let at = dataOf(bytes), end = at + sizeOf(bytes); at < end; at++) {
    const byte = <u32>load<u8>(at);
    const plain =
      (byte | 0x20) - 0x61 < 26 ||
      byte - 0x30 < 10 ||
      byte == 0x2d ||
      byte == 0x2e ||
      byte == 0x5f ||
      byte == 0x7e;
    if (plain) {
      out.appendByte(byte);
    } else {
      out.appendByte(PERCENT);
      out.appendByte(hexadecimal(byte >> 4));
      out.appendByte(hexadecimal(byte & 15));
    }
  }
}

/** The value of a hexadecimal digit, or -1. */
function digit(byte: u32): i32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : -1;
}

function hexadecimal(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x37 + value;
}
