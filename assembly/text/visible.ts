import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { decodeSlice } from "../runtime/utf8";
import { ByteBuffer } from "./byte-buffer";
import { NOT_UTF8, characterAt, characterSize } from "./utf8-character";

const BACKSLASH: u32 = 0x5c;

/**
 * Bytes from outside in a form that can stand in a log line: text as it is, but `\n`, `\r`, `\t` and `\\` for those
 * characters, `\x1b` for other control characters of ASCII and for bytes that are not UTF-8, and `\u{2028}` for what
 * breaks lines, turns them round or controls terminals beyond ASCII. It never has a line break in it, and can be read
 * back.
 */
export function visible(bytes: Slice): string {
  const out = new ByteBuffer(sizeOf(bytes) + (sizeOf(bytes) >> 3));
  const end = dataOf(bytes) + sizeOf(bytes);
  let at = dataOf(bytes);
  let plain = at;
  while (at < end) {
    const code = characterAt(at, end);
    const size = characterSize();
    if (!isPlain(code)) {
      out.appendRun(plain, at - plain);
      if (code < 0x80) escapeByte(load<u8>(at), out);
      else escapeCharacter(code, out);
      plain = at + size;
    }
    at += size;
  }
  out.appendRun(plain, end - plain);
  return decodeSlice(out.view());
}

function isPlain(code: i32): bool {
  if (code < 0x7f) return code >= 0x20 && code != BACKSLASH;
  if (code < 0xa0 || code == 0x61c || code == 0xfeff) return false;
  // Marks of direction, separators of lines, overrides and isolates.
  const inBlock = code - 0x2000;
  if (<u32>inBlock >= 0x70) return true;
  return !(inBlock == 0x0e || inBlock == 0x0f || <u32>(inBlock - 0x28) < 7 || <u32>(inBlock - 0x66) < 4);
}

function escapeByte(byte: u32, out: ByteBuffer): void {
  out.appendByte(BACKSLASH);
  if (byte == 0x0a) out.appendByte(0x6e);
  else if (byte == 0x0d) out.appendByte(0x72);
  else if (byte == 0x09) out.appendByte(0x74);
  else if (byte == BACKSLASH) out.appendByte(BACKSLASH);
  else {
    out.appendByte(0x78);
    out.appendByte(hexadecimal(byte >> 4));
    out.appendByte(hexadecimal(byte & 15));
  }
}

function escapeCharacter(code: i32, out: ByteBuffer): void {
  out.appendByte(BACKSLASH);
  out.appendByte(0x75);
  out.appendByte(0x7b);
  for (let shift = 28 - (clz(code) & ~3); shift >= 0; shift -= 4) {
    out.appendByte(hexadecimal((code >> shift) & 15));
  }
  out.appendByte(0x7d);
}

function hexadecimal(digit: u32): u32 {
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}
