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

/**
 * A text with its ASCII letters in lower case, as names of fields and hosts are compared. The standard library's
 * `toLowerCase` knows all of Unicode, and brings 6 KB of tables into a module.
 */
export function lowerCaseText(text: string): string {
  const size = (<usize>text.length) << 1;
  const lower = __new(size, idof<string>());
  for (let at: usize = 0; at < size; at += 2) {
    const code = <u32>load<u16>(changetype<usize>(text) + at);
    store<u16>(lower + at, <u16>lowerCase(code));
  }
  return changetype<string>(lower);
}
