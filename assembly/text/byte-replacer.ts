import { Slice, copyOf, dataOf, equalBytes, sizeOf, slice, sliceOf } from "../runtime/slice";
import { ByteBuffer } from "./byte-buffer";

const EACH_BYTE: u64 = 0x0101010101010101;
const HIGH_BITS: u64 = 0x8080808080808080;

/**
 * Puts one run of bytes in the place of another, wherever that stands. It takes time in proportion to the text, whatever
 * is in it: sixteen places at a time up to one where the first and the last byte stand, then byte by byte without ever
 * going back. (Knuth, Morris, Pratt: Fast pattern matching in strings, 1977)
 */
@final
export class ByteReplacer {
  private readonly wanted: Uint8Array;
  private readonly replacement: Uint8Array;
  /** For each number of bytes that matched: how many of the last ones are the first ones too. */
  private readonly borders: StaticArray<i32>;

  /** Bytes to look for, at least one, and what comes in their place. Both are copied. */
  constructor(wanted: Slice, replacement: Slice) {
    const bytes = copyOf(wanted);
    this.wanted = bytes;
    this.replacement = copyOf(replacement);
    const size = bytes.length;
    const borders = new StaticArray<i32>(size + 1);
    this.borders = borders;
    let border = 0;
    for (let i = 1; i < size; i++) {
      while (border > 0 && bytes[i] != bytes[border]) border = borders[border];
      if (bytes[i] == bytes[border]) border += 1;
      borders[i + 1] = border;
    }
  }

  /**
   * Writes a text with every match replaced, from the first on, none of them overlapping. Returns how many there were;
   * where there was none nothing is written.
   */
  replaceAll(text: Slice, out: ByteBuffer): i32 {
    const size = this.wanted.length;
    if (size == 0) return 0;
    const wanted = this.wanted.dataStart;
    const borders = this.borders;
    const replacement = sliceOf(this.replacement);
    const first = load<u8>(wanted);
    const end = dataOf(text) + sizeOf(text);
    let copied = dataOf(text);
    let at = copied;
    let matched = 0;
    let count = 0;
    while (at < end) {
      if (matched == 0) {
        // @ts-ignore: asc's
        if (ASC_FEATURE_SIMD) at = findEnds(wanted, size, at, end);
        // Mostly all of it is there; where it is not, the bytes that were compared are gone through once more.
        if (end - at >= <usize>size && equalBytes(slice(at, size), sliceOf(this.wanted))) {
          matched = size;
          at += size;
        } else {
          at = findByte(first, at, end);
          if (at == end) break;
          matched = 1;
          at += 1;
        }
      } else if (load<u8>(at) == load<u8>(wanted + matched)) {
        matched += 1;
        at += 1;
      } else {
        matched = unchecked(borders[matched]);
      }
      if (matched < size) continue;
      out.appendPiece(copied, at - size - copied);
      out.appendPiece(dataOf(replacement), sizeOf(replacement));
      copied = at;
      matched = 0;
      count += 1;
    }
    if (count > 0) out.appendRun(copied, end - copied);
    return count;
  }
}

/**
 * The first place, sixteen at a time, from which on the first and the last of so many bytes stand; or one before which
 * there is none, near the end.
 */
function findEnds(wanted: usize, size: usize, at: usize, end: usize): usize {
  const toLast = size - 1;
  const firsts = i8x16.splat(load<u8>(wanted));
  const lasts = i8x16.splat(load<u8>(wanted + toLast));
  while (at + toLast + 16 <= end) {
    const first = i8x16.eq(v128.load(at), firsts);
    const mask = i8x16.bitmask(v128.and(first, i8x16.eq(v128.load(at + toLast), lasts)));
    if (mask != 0) return at + <usize>ctz(mask);
    at += 16;
  }
  return at;
}

/** The address of the first such byte, or `end`. */
function findByte(byte: u32, at: usize, end: usize): usize {
  const pattern = EACH_BYTE * byte;
  while (at + 8 <= end) {
    const differing = load<u64>(at) ^ pattern;
    const zero = (differing - EACH_BYTE) & ~differing & HIGH_BITS;
    if (zero != 0) return at + <usize>(ctz(zero) >> 3);
    at += 8;
  }
  while (at < end && <u32>load<u8>(at) != byte) at += 1;
  return at;
}
