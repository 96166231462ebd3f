/**
 * Where the host writes what a hostcall gives back: an address and a size, a number, or a 64-bit value. Each wrapper
 * points the host here, and its caller reads the value before the next hostcall.
 */
const OUT = memory.data(16);

/** The place for a data address, a 32-bit or a 64-bit value. */
// @ts-ignore: decorator
@inline
export function outData(): usize {
  return OUT;
}

/** The place for a size in bytes, or for a second value beside the first. */
// @ts-ignore: decorator
@inline
export function outSize(): usize {
  return OUT + 8;
}

/** The address that the last hostcall gave. */
// @ts-ignore: decorator
@inline
export function hostData(): usize {
  return load<usize>(OUT);
}

/** The size that the last hostcall gave. */
// @ts-ignore: decorator
@inline
export function hostSize(): usize {
  return load<usize>(OUT, 8);
}

/** The 32-bit value that the last hostcall gave. */
// @ts-ignore: decorator
@inline
export function hostU32(): u32 {
  return load<u32>(OUT);
}

/** The 64-bit value that the last hostcall gave. */
// @ts-ignore: decorator
@inline
export function hostU64(): u64 {
  return load<u64>(OUT);
}
