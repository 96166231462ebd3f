/** Whether two runs of `size` bytes are the same but for the case of ASCII letters. */
export function equalIgnoringCase(a: usize, b: usize, size: usize): bool {
  for (let i: usize = 0; i < size; i++) {
    if (lowerCase(load<u8>(a + i)) != lowerCase(load<u8>(b + i))) return false;
  }
  return true;
}

/** A byte, in lower case when it is an ASCII letter. */
// @ts-ignore: decorator
@inline
export function lowerCase(byte: u32): u32 {
  return byte - 0x41 < 26 ? byte | 0x20 : byte;
}
