import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { JsonError, fail, failOrEnd } from "./json-errors";

const EACH_BYTE: u64 = 0x0101010101010101;
const HIGH_BITS: u64 = 0x8080808080808080;
const REPLACEMENT: i32 = 0xfffd;

let escaped: bool = false;

/** Whether the string that was checked last has escapes. */
export function lastStringEscaped(): bool {
  return escaped;
}

/**
 * Checks a string from the byte after its opening quote, its escapes and its UTF-8. Returns the address after the
 * closing quote, or 0 after `fail`.
 */
export function skipString(at: usize, end: usize): usize {
  escaped = false;
  while (true) {
    while (at + 8 <= end && isPlain(load<u64>(at))) at += 8;
    if (at >= end) return fail(JsonError.UnexpectedEnd, at);
    const byte = <u32>load<u8>(at);
    if (byte == 0x22) return at + 1;
    if (byte == 0x5c) {
      escaped = true;
      const size = escapeSize(at + 1, end);
      if (size == 0) return failOrEnd(JsonError.BadEscape, at + 1, end);
      at += size;
    } else if (byte < 0x20) {
      return fail(JsonError.ControlCharacter, at);
    } else if (byte < 0x80) {
      at += 1;
    } else {
      const size = sequenceSize(at, end);
      if (size == 0) return fail(JsonError.BadUtf8, at);
      at += size;
    }
  }
}

/** Whether eight bytes are surely neither quotes nor backslashes nor control characters nor outside ASCII. */
// @ts-ignore: decorator
@inline
function isPlain(bytes: u64): bool {
  const quotes = (bytes ^ (EACH_BYTE * 0x22)) - EACH_BYTE;
  const backslashes = (bytes ^ (EACH_BYTE * 0x5c)) - EACH_BYTE;
  const controls = bytes - EACH_BYTE * 0x20;
  return ((bytes | quotes | backslashes | controls) & HIGH_BITS) == 0;
}

/** The size in bytes of an escape with its backslash, which lies before `at`; 0 where there is none. */
function escapeSize(at: usize, end: usize): usize {
  if (at >= end) return 0;
  const letter = <u32>load<u8>(at);
  if (letter == 0x75) return end - at > 4 && hexadecimal(at + 1) >= 0 ? 6 : 0;
  return escapedCharacter(letter) != 0 ? 2 : 0;
}

/** What a backslash and this letter say; 0 where they say nothing. */
function escapedCharacter(letter: u32): u32 {
  switch (letter) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return letter == 0x22 || letter == 0x2f || letter == 0x5c ? letter : 0;
  }
}

/** The value of four hexadecimal digits, negative where one is not a digit. */
function hexadecimal(at: usize): i32 {
  let value = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(at + i);
    let digit = byte - 0x30;
    if (digit > 9) {
      digit = (byte | 0x20) - 0x61;
      if (digit > 5) return -1;
      digit += 10;
    }
    value = (value << 4) | digit;
  }
  return value;
}

/** The size in bytes of the UTF-8 sequence at `at`, whose first byte is not ASCII; 0 where it is none. (RFC 3629, 4) */
function sequenceSize(at: usize, end: usize): usize {
  const lead = <u32>load<u8>(at);
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const size: usize = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (end - at < size) return 0;
  const second = <u32>load<u8>(at, 1);
  if (second < (lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : <u32>0x80)) return 0;
  if (second > (lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : <u32>0xbf)) return 0;
  for (let i: usize = 2; i < size; i++) {
    if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

/**
 * Writes what a checked string says, whose text lies between its quotes, as UTF-8 to `target`; it is never longer than
 * the text. A surrogate without its partner becomes U+FFFD. Returns what was written.
 */
export function unescaped(text: Slice, target: usize): Slice {
  const begin = target;
  let at = dataOf(text);
  const end = at + sizeOf(text);
  while (at < end) {
    let code = <i32>load<u8>(at++);
    if (code != 0x5c) {
      store<u8>(target++, code);
      continue;
    }
    code = load<u8>(at++);
    if (code != 0x75) {
      store<u8>(target++, escapedCharacter(code));
      continue;
    }
    code = hexadecimal(at);
    at += 4;
    if ((code & 0xfc00) == 0xd800 && end - at >= 6 && load<u16>(at) == 0x755c) {
      const low = hexadecimal(at + 2);
      if ((low & 0xfc00) == 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        at += 6;
      }
    }
    target = putCodePoint((code & ~0x7ff) == 0xd800 ? REPLACEMENT : code, target);
  }
  return slice(begin, target - begin);
}

/** Writes one character as UTF-8 and returns the address after it. */
function putCodePoint(code: i32, target: usize): usize {
  if (code < 0x80) {
    store<u8>(target, code);
    return target + 1;
  }
  let shift = code < 0x800 ? 6 : code < 0x10000 ? 12 : 18;
  store<u8>(target++, (shift == 6 ? 0xc0 : shift == 12 ? 0xe0 : 0xf0) | (code >> shift));
  while (shift > 0) {
    shift -= 6;
    store<u8>(target++, 0x80 | ((code >> shift) & 0x3f));
  }
  return target;
}
