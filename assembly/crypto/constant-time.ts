import { Slice, dataOf, sizeOf, sliceOf } from "../runtime/slice";

/**
 * Whether two runs of bytes are the same, in a time that depends on their length alone and not on what is in them: for
 * secrets, whose first wrong byte a comparison that stops early would tell to somebody who measures.
 *
 * Runs of different lengths differ at once, so the length can be learnt. Compare hashes where it is secret too.
 */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): bool {
  return sameInConstantTime(sliceOf(a), sliceOf(b));
}

/** As `equalInConstantTime`, for slices. */
export function sameInConstantTime(a: Slice, b: Slice): bool {
  const size = sizeOf(a);
  if (size != sizeOf(b)) return false;
  const left = dataOf(a);
  const right = dataOf(b);
  let difference: u32 = 0;
  for (let i: usize = 0; i < size; i++) difference |= load<u8>(left + i) ^ load<u8>(right + i);
  return difference == 0;
}
