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
  const size = sizeOf(a);
  if (size != sizeOf(b)) return false;
  const left = dataOf(a);
  const right = dataOf(b);
  if (size < 8) {
    for (let at: usize = 0; at < size; at++) {
      if (load<u8>(left + at) != load<u8>(right + at)) return false;
    }
    return true;
  }
  const last = size - 8;
  for (let at: usize = 0; at < last; at += 8) {
    if (load<u64>(left + at) != load<u64>(right + at)) return false;
  }
  // The last eight, of which some were compared before.
  return load<u64>(left + last) == load<u64>(right + last);
}

/** Whether the first bytes of a slice are those of another. */
export function beginsWith(bytes: Slice, first: Slice): bool {
  return sizeOf(first) <= sizeOf(bytes) && equalBytes(slice(dataOf(bytes), sizeOf(first)), first);
}
