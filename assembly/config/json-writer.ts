import { signedDecimal } from "../runtime/decimal";
import { copyOf, dataOf, sizeOf, slice } from "../runtime/slice";
import { decode, encode } from "../runtime/utf8";

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const COMMA: u8 = 0x2c;
const COLON: u8 = 0x3a;

/**
 * Writes a JSON text from its beginning to its end, as UTF-8:
 *
 *     const json = new JsonWriter().beginObject().key("path").string(path).endObject().bytes();
 *
 * It puts the commas and escapes the strings; that what is begun is ended, and that an object's values have keys, is
 * the caller's business.
 */
@final
export class JsonWriter {
  private buffer: StaticArray<u8> = new StaticArray<u8>(256);
  private length: i32 = 0;
  private needsComma: bool = false;

  beginObject(): this {
    return this.begin(0x7b);
  }

  endObject(): this {
    return this.end(0x7d);
  }

  beginList(): this {
    return this.begin(0x5b);
  }

  endList(): this {
    return this.end(0x5d);
  }

  /** The name of the value that is written next. */
  key(name: string): this {
    this.string(name);
    this.put(COLON);
    this.needsComma = false;
    return this;
  }

  /**
   * A string; half a surrogate pair is written as U+FFFD. Control characters and what stands among the general
   * punctuation, where separators of lines and marks of direction are, are written as escapes: so it can stand in a log.
   */
  string(text: string): this {
    this.separate();
    const bytes = encode(text);
    // The longest escape takes six bytes.
    this.reserve(<i32>sizeOf(bytes) * 6 + 2);
    this.put(QUOTE);
    const end = dataOf(bytes) + sizeOf(bytes);
    for (let at = dataOf(bytes); at < end; at++) {
      const byte = load<u8>(at);
      // What is of several bytes has them; the last byte of the text has memory behind it.
      const next = <u32>load<u8>(at, 1);
      if (byte == 0xc2 && next < 0xa0) {
        this.escape(next);
        at += 1;
      } else if (byte == 0xe2 && next >> 1 == 0x40) {
        this.escape(0x2000 | ((next & 1) << 6) | ((<u32>load<u8>(at, 2)) & 0x3f));
        at += 2;
      } else if (byte < 0x20 || byte == 0x7f) {
        this.escape(byte);
      } else {
        if (byte == QUOTE || byte == BACKSLASH) this.put(BACKSLASH);
        this.put(byte);
      }
    }
    this.put(QUOTE);
    return this;
  }

  integer(value: i64): this {
    return this.raw(signedDecimal(value));
  }

  bool(value: bool): this {
    return this.raw(value ? "true" : "false");
  }

  null(): this {
    return this.raw("null");
  }

  /** A value that is JSON already; it is not looked at. */
  raw(json: string): this {
    this.separate();
    const bytes = encode(json);
    this.reserve(<i32>sizeOf(bytes));
    memory.copy(changetype<usize>(this.buffer) + this.length, dataOf(bytes), sizeOf(bytes));
    this.length += <i32>sizeOf(bytes);
    return this;
  }

  /** The text so far. */
  bytes(): Uint8Array {
    return copyOf(slice(changetype<usize>(this.buffer), this.length));
  }

  /** The text so far, as a string. */
  text(): string {
    return decode(changetype<usize>(this.buffer), this.length);
  }

  private begin(bracket: u8): this {
    this.separate();
    this.put(bracket);
    this.needsComma = false;
    return this;
  }

  private end(bracket: u8): this {
    this.put(bracket);
    this.needsComma = true;
    return this;
  }

  /** A comma, where a value comes after another. */
  private separate(): void {
    if (this.needsComma) this.put(COMMA);
    this.needsComma = true;
  }

  private escape(code: u32): void {
    this.put(BACKSLASH);
    this.put(0x75);
    for (let shift = 12; shift >= 0; shift -= 4) {
      const digit = <u8>((code >> shift) & 15);
      this.put(digit < 10 ? 0x30 + digit : 0x57 + digit);
    }
  }

  private put(byte: u8): void {
    this.reserve(1);
    unchecked((this.buffer[this.length] = byte));
    this.length += 1;
  }

  private reserve(more: i32): void {
    const needed = this.length + more;
    const present = this.buffer;
    if (needed <= present.length) return;
    const larger = new StaticArray<u8>(max(needed, present.length * 2));
    memory.copy(changetype<usize>(larger), changetype<usize>(present), this.length);
    this.buffer = larger;
  }
}
