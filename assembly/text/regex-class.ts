/** The characters of a class: ASCII as bits, and whether all bytes beyond are in it. */
@final
export class RegexClass {
  private low: u64 = 0;
  private high: u64 = 0;
  private beyond: bool = false;

  add(code: i32): void {
    if (code >= 64) this.high |= (<u64>1) << (code - 64);
    else this.low |= (<u64>1) << code;
  }

  addRange(first: i32, last: i32): void {
    for (let code = first; code <= last; code++) this.add(code);
  }

  /** Adds what `\d`, `\w`, `\s` or, in capital letters, their opposites have. */
  addNamed(letter: i32): void {
    const named = new RegexClass();
    const small = letter | 0x20;
    if (small == 0x73) {
      named.addRange(0x09, 0x0a);
      named.addRange(0x0c, 0x0d);
      named.add(0x20);
    } else {
      named.addRange(0x30, 0x39);
      if (small == 0x77) {
        named.addRange(0x41, 0x5a);
        named.addRange(0x61, 0x7a);
        named.add(0x5f);
      }
    }
    if (letter != small) named.invert();
    this.low |= named.low;
    this.high |= named.high;
    if (named.beyond) this.beyond = true;
  }

  /** Makes it the class of all other bytes. */
  invert(): void {
    this.low = ~this.low;
    this.high = ~this.high;
    this.beyond = !this.beyond;
  }

  has(byte: i32): bool {
    if (byte >= 128) return this.beyond;
    return (((byte < 64 ? this.low : this.high) >> (byte & 63)) & 1) != 0;
  }
}
