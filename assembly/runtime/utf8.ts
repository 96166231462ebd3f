import { Slice, copyOf, dataOf, sizeOf, slice, sliceOf } from "./slice";
import { allocateInArena } from "./arena";
import { encodedLiteral } from "./literals";

const HIGH_BITS_OF_BYTES: u64 = 0x8080808080808080;
const HIGH_BITS_OF_UNITS: u64 = 0xff80ff80ff80ff80;
const REPLACEMENT: u32 = 0xfffd;

/**
 * The bytes of a slice as text. Whatever is not UTF-8 becomes U+FFFD, one for each maximal subpart, as
 * WHATWG's Encoding standard has it; nothing traps.
 */
// @ts-ignore: decorator
@inline
export function decodeSlice(bytes: Slice): string {
  return decode(dataOf(bytes), sizeOf(bytes));
}

/** As `decodeSlice`, for an address and a length in bytes. */
export function decode(data: usize, size: usize): string {
  // At most one unit comes from each byte.
  const text = __new(size << 1, idof<string>());
  const ascii = widen(data, size, text);
  return ascii == size ? changetype<string>(text) : decodeMixed(text, data, ascii, size);
}

/** Spreads bytes to UTF-16 units as long as they are ASCII; returns how many it spread. */
function widen(data: usize, size: usize, target: usize): usize {
  let at: usize = 0;
  while (at + 8 <= size) {
    if (!widen8(data + at, target + (at << 1))) return at;
    at += 8;
  }
  // The last eight, of which some were spread before.
  if (size > 8 && widen8(data + size - 8, target + ((size - 8) << 1))) return size;
  while (at < size) {
    const byte = load<u8>(data + at);
    if (byte >= 0x80) return at;
    store<u16>(target + (at << 1), byte);
    at += 1;
  }
  return size;
}

/** Spreads eight ASCII bytes; false when they are not. */
// @ts-ignore: decorator
@inline
function widen8(data: usize, target: usize): bool {
  const bytes = v128.load64_zero(data);
  if (i64x2.extract_lane(bytes, 0) & HIGH_BITS_OF_BYTES) return false;
  v128.store(target, i16x8.extend_low_i8x16_u(bytes));
  return true;
}

/** Decodes what is not all ASCII, from where it no longer is, and gives back what is left of the text's memory. */
function decodeMixed(text: usize, data: usize, ascii: usize, size: usize): string {
  const end = data + size;
  let target = text + (ascii << 1);
  let at = data + ascii;
  while (at < end) {
    const lead = <u32>load<u8>(at++);
    if (lead < 0x80) {
      store<u16>(target, <u16>lead);
      target += 2;
      continue;
    }
    let code = REPLACEMENT;
    let following = 0;
    let low: u32 = 0x80;
    let high: u32 = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
      following = 1;
      code = lead & 0x1f;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      following = 2;
      code = lead & 0x0f;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      following = 3;
      code = lead & 0x07;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    }
    while (following > 0) {
      const next: u32 = at < end ? load<u8>(at) : 0;
      if (next < low || next > high) {
        code = REPLACEMENT;
        break;
      }
      code = (code << 6) | (next & 0x3f);
      low = 0x80;
      high = 0xbf;
      at += 1;
      following -= 1;
    }
    if (code < 0x10000) {
      store<u16>(target, <u16>code);
      target += 2;
    } else {
      const offset = code - 0x10000;
      store<u16>(target, <u16>(0xd800 | (offset >> 10)));
      store<u16>(target, <u16>(0xdc00 | (offset & 0x3ff)), 2);
      target += 4;
    }
  }
  return changetype<string>(__renew(text, target - text));
}

/**
 * Text as UTF-8. A literal's bytes are made once and stay; those of any other string lie in the arena and end
 * with the callback. A surrogate without its partner becomes U+FFFD.
 */
// @ts-ignore: decorator
@inline
export function encode(text: string): Slice {
  return changetype<usize>(text) < __heap_base ? encodedLiteral(text) : encodeInArena(text);
}

/** Text as UTF-8 in the arena, good until the end of the callback. */
export function encodeInArena(text: string): Slice {
  const data = allocateInArena(maximumSize(text));
  return slice(data, encodeTo(text, data));
}

/** How many bytes `encodeTo` may write. */
// @ts-ignore: decorator
@inline
export function maximumSize(text: string): usize {
  return <usize>text.length * 3;
}

/** Writes text as UTF-8 to memory of at least `maximumSize` bytes; returns how many bytes it took. */
export function encodeTo(text: string, target: usize): usize {
  let at = changetype<usize>(text);
  const end = at + ((<usize>text.length) << 1);
  const begin = target;
  while (at < end) {
    // Four ASCII units at a time.
    while (at + 8 <= end) {
      let units = load<u64>(at);
      if (units & HIGH_BITS_OF_UNITS) break;
      units = (units | (units >> 8)) & 0x0000ffff0000ffff;
      store<u32>(target, <u32>(units | (units >> 16)));
      at += 8;
      target += 4;
    }
    if (at >= end) break;
    let code = <u32>load<u16>(at);
    at += 2;
    if (code < 0x80) {
      store<u8>(target, <u8>code);
      target += 1;
      continue;
    }
    if ((code & 0xf800) == 0xd800) {
      const next = at < end ? <u32>load<u16>(at) : 0;
      if (code < 0xdc00 && (next & 0xfc00) == 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
        at += 2;
      } else {
        code = REPLACEMENT;
      }
    }
    if (code < 0x800) {
      store<u8>(target, <u8>(0xc0 | (code >> 6)));
      store<u8>(target, <u8>(0x80 | (code & 0x3f)), 1);
      target += 2;
    } else if (code < 0x10000) {
      store<u8>(target, <u8>(0xe0 | (code >> 12)));
      store<u8>(target, <u8>(0x80 | ((code >> 6) & 0x3f)), 1);
      store<u8>(target, <u8>(0x80 | (code & 0x3f)), 2);
      target += 3;
    } else {
      store<u8>(target, <u8>(0xf0 | (code >> 18)));
      store<u8>(target, <u8>(0x80 | ((code >> 12) & 0x3f)), 1);
      store<u8>(target, <u8>(0x80 | ((code >> 6) & 0x3f)), 2);
      store<u8>(target, <u8>(0x80 | (code & 0x3f)), 3);
      target += 4;
    }
  }
  return target - begin;
}

/** Text as bytes of its own in UTF-8. A surrogate without its partner becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  return copyOf(encode(text));
}

/** Bytes as text. Whatever is not UTF-8 becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  return decodeSlice(sliceOf(bytes));
}
