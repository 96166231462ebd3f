import { Slice, dataOf, sizeOf } from "./slice";

/**
 * SipHash-2-4 with 128 bits: a hash that nobody can aim without the key, and so short-lived tables can be keyed with it by
 * what strangers send. (Aumasson and Bernstein, "SipHash: a fast short-input PRF"; the reference's 128-bit variant)
 */

/** The first and the second half of the hash that `sipHash` made last, each little endian. */
let first: u64 = 0;
let second: u64 = 0;

/** The first half of the hash that was made last. */
export function sipHashFirst(): u64 {
  return first;
}

/** The second half of the hash that was made last. */
export function sipHashSecond(): u64 {
  return second;
}

/** Hashes bytes under a key of two halves, each little endian. */
export function sipHash(key0: u64, key1: u64, bytes: Slice): void {
  // In locals, and the round written out where it is: engines keep them in registers then.
  let v0: u64 = key0 ^ 0x736f6d6570736575;
  let v1: u64 = key1 ^ 0x646f72616e646f6d ^ 0xee;
  let v2: u64 = key0 ^ 0x6c7967656e657261;
  let v3: u64 = key1 ^ 0x7465646279746573;
  let at = dataOf(bytes);
  const end = at + sizeOf(bytes);
  let isLast = false;
  while (!isLast) {
    isLast = at + 8 > end;
    const word = isLast ? lastWord(at, end, sizeOf(bytes)) : load<u64>(at);
    at += 8;
    v3 ^= word;
    for (let i = 0; i < 2; i++) {
      v0 += v1;
      v1 = rotl<u64>(v1, 13) ^ v0;
      v0 = rotl<u64>(v0, 32);
      v2 += v3;
      v3 = rotl<u64>(v3, 16) ^ v2;
      v0 += v3;
      v3 = rotl<u64>(v3, 21) ^ v0;
      v2 += v1;
      v1 = rotl<u64>(v1, 17) ^ v2;
      v2 = rotl<u64>(v2, 32);
    }
    v0 ^= word;
  }
  v2 ^= 0xee;
  for (let i = 0; i < 8; i++) {
    if (i == 4) {
      first = v0 ^ v1 ^ v2 ^ v3;
      v1 ^= 0xdd;
    }
    v0 += v1;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v0 = rotl<u64>(v0, 32);
    v2 += v3;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v2 = rotl<u64>(v2, 32);
  }
  second = v0 ^ v1 ^ v2 ^ v3;
}

/** The bytes that are left over, at most seven, and the length in the highest byte. */
// @ts-ignore: decorator
@inline
function lastWord(at: usize, end: usize, size: usize): u64 {
  let word = (<u64>size) << 56;
  for (let shift: u64 = 0; at < end; at++, shift += 8) word |= (<u64>load<u8>(at)) << shift;
  return word;
}
