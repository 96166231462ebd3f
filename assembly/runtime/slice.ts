/**
 * A run of bytes in linear memory, packed into one number so that it travels without an allocation:
 * the address in the low half, the length in bytes in the high half.
 *
 * A slice owns nothing. One that points into the arena ends with the callback.
 */
export type Slice = u64;

/** Packs an address and a length in bytes. */
// @ts-ignore: decorator
@inline
export function slice(data: usize, size: usize): Slice {
  return (<u64>data) | ((<u64>size) << 32);
}

/** The address of a slice's first byte. */
// @ts-ignore: decorator
@inline
export function dataOf(bytes: Slice): usize {
  return <usize>(<u32>bytes);
}

/** A slice's length in bytes. */
// @ts-ignore: decorator
@inline
export function sizeOf(bytes: Slice): usize {
  return <usize>(bytes >> 32);
}

/** The slice of a byte array's memory. It is good for as long as the array is alive and keeps its length. */
// @ts-ignore: decorator
@inline
export function sliceOf(bytes: Uint8Array): Slice {
  return slice(bytes.dataStart, bytes.length);
}

/** A copy of a slice that the garbage collector owns. */
export function copyOf(bytes: Slice): Uint8Array {
  const copy = new Uint8Array(<i32>sizeOf(bytes));
  memory.copy(copy.dataStart, dataOf(bytes), sizeOf(bytes));
  return copy;
}

/** Whether two slices hold the same bytes. */
export function equalBytes(a: Slice, b: Slice): bool {
  if (sizeOf(a) != sizeOf(b)) return false;
  let left = dataOf(a);
  let right = dataOf(b);
  const end = left + sizeOf(a);
  while (left + 8 <= end) {
    if (load<u64>(left) != load<u64>(right)) return false;
    left += 8;
    right += 8;
  }
  while (left < end) {
    if (load<u8>(left++) != load<u8>(right++)) return false;
  }
  return true;
}
