import { Slice, dataOf, sizeOf } from "./slice";

const OFFSET_BASIS: u32 = 0x811c9dc5;
const PRIME: u32 = 0x01000193;

/** A hash of bytes, the same on every worker and in every build (FNV-1a, with its bits mixed once more). */
export function hashBytes(bytes: Slice): u32 {
  let hash = OFFSET_BASIS;
  for (let at = dataOf(bytes), end = at + sizeOf(bytes); at < end; at++) {
    hash = (hash ^ load<u8>(at)) * PRIME;
  }
  hash ^= hash >> 16;
  hash *= 0x85ebca6b;
  return hash ^ (hash >> 13);
}
