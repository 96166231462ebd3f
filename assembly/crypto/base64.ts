import { Slice, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

const PADDING: u32 = 0x3d;
/** Set in what stands for a byte outside of the alphabet. */
const FOREIGN: u32 = 0x40;

/**
 * The bytes that base64 stands for, with its padding (RFC 4648, section 4). Null for anything else: other characters,
 * white space and line ends among them, padding that is missing, too long or in the middle, a last character whose
 * unused bits are not zero. So each sequence of bytes has one spelling only.
 */
export function base64Bytes(text: string): Uint8Array | null {
  return decodeBase64(encode(text));
}

/** As `base64Bytes`, for the URL-safe alphabet without padding, as tokens have it (RFC 4648, section 5; RFC 7515). */
export function base64urlBytes(text: string): Uint8Array | null {
  return decodeBase64url(encode(text));
}

/** Bytes in base64 with padding (RFC 4648, section 4). */
export function base64Text(bytes: Uint8Array): string {
  return encoded(sliceOf(bytes), false);
}

/** Bytes in the URL-safe alphabet without padding (RFC 4648, section 5; RFC 7515). */
export function base64urlText(bytes: Uint8Array): string {
  return encoded(sliceOf(bytes), true);
}

/** As `base64Bytes`, for text that is there as bytes. */
export function decodeBase64(text: Slice): Uint8Array | null {
  let size = sizeOf(text);
  if ((size & 3) != 0) return null;
  if (size == 0) return new Uint8Array(0);
  const end = dataOf(text) + size;
  if (load<u8>(end - 1) == PADDING) size -= load<u8>(end - 2) == PADDING ? 2 : 1;
  return decoded(dataOf(text), size, false);
}

/** As `base64urlBytes`, for text that is there as bytes. */
export function decodeBase64url(text: Slice): Uint8Array | null {
  return decoded(dataOf(text), sizeOf(text), true);
}

/** The bytes of text whose padding is gone: two characters stand for one byte, three for two, four for three. */
function decoded(text: usize, size: usize, url: bool): Uint8Array | null {
  const rest = size & 3;
  if (rest == 1) return null;
  const bytes = new Uint8Array(<i32>((size >> 2) * 3 + (rest == 0 ? 0 : rest - 1)));
  let target = bytes.dataStart;
  let seen: u32 = 0;
  const end = text + (size & ~(<usize>3));
  while (text < end) {
    const a = sextet(load<u8>(text), url);
    const b = sextet(load<u8>(text, 1), url);
    const c = sextet(load<u8>(text, 2), url);
    const d = sextet(load<u8>(text, 3), url);
    seen |= a | b | c | d;
    store<u8>(target, (a << 2) | (b >> 4));
    store<u8>(target, (b << 4) | (c >> 2), 1);
    store<u8>(target, (c << 6) | d, 2);
    text += 4;
    target += 3;
  }
  if (rest != 0) {
    const a = sextet(load<u8>(text), url);
    const b = sextet(load<u8>(text, 1), url);
    const c = rest == 3 ? sextet(load<u8>(text, 2), url) : 0;
    seen |= a | b | c;
    store<u8>(target, (a << 2) | (b >> 4));
    if (rest == 3) store<u8>(target, (b << 4) | (c >> 2), 1);
    if (((rest == 3 ? c << 6 : b << 4) & 0xff) != 0) return null;
  }
  return (seen & FOREIGN) != 0 ? null : bytes;
}

/**
 * The six bits that a character stands for; `FOREIGN` for one outside of the alphabet. Without branches: which kind the
 * next character is of no processor can guess.
 */
function sextet(character: u32, url: bool): u32 {
  let bits = select<u32>(63, FOREIGN, character == select<u32>(0x5f, 0x2f, url));
  bits = select<u32>(62, bits, character == select<u32>(0x2d, 0x2b, url));
  bits = select<u32>(character + 4, bits, character - 0x30 < 10);
  bits = select<u32>(character - 0x47, bits, character - 0x61 < 26);
  return select<u32>(character - 0x41, bits, character - 0x41 < 26);
}

function encoded(bytes: Slice, url: bool): string {
  let at = dataOf(bytes);
  const size = sizeOf(bytes);
  const rest = size % 3;
  const characters = url ? (size * 8 + 5) / 6 : ((size + 2) / 3) << 2;
  const text = __new(characters << 1, idof<string>());
  let target = text;
  for (const end = at + size - rest; at < end; at += 3) {
    const bits = ((<u32>load<u8>(at)) << 16) | ((<u32>load<u8>(at, 1)) << 8) | load<u8>(at, 2);
    target = put(target, bits >> 18, url);
    target = put(target, bits >> 12, url);
    target = put(target, bits >> 6, url);
    target = put(target, bits, url);
  }
  if (rest != 0) {
    const bits = ((<u32>load<u8>(at)) << 16) | (rest == 2 ? (<u32>load<u8>(at, 1)) << 8 : 0);
    target = put(target, bits >> 18, url);
    target = put(target, bits >> 12, url);
    if (rest == 2) target = put(target, bits >> 6, url);
    while (target < text + (characters << 1)) {
      store<u16>(target, <u16>PADDING);
      target += 2;
    }
  }
  return changetype<string>(text);
}

/** Writes the character for the lowest six bits as a UTF-16 unit, and returns the place after it. */
function put(target: usize, bits: u32, url: bool): usize {
  const value = bits & 0x3f;
  let character: u32 = url ? 0x5f : 0x2f;
  if (value < 26) character = 0x41 + value;
  else if (value < 52) character = 0x61 - 26 + value;
  else if (value < 62) character = 0x30 - 52 + value;
  else if (value == 62) character = url ? 0x2d : 0x2b;
  store<u16>(target, <u16>character);
  return target + 2;
}
