import { Slice, dataOf, sizeOf, slice } from "as-proxy-wasm";

const SEMICOLON: u32 = 0x3b;
const EQUALS: u32 = 0x3d;
const QUOTE: u32 = 0x22;
const SPACE: u32 = 0x20;
const TAB: u32 = 0x09;

/** Goes through the cookies of a `cookie` field. (RFC 6265, 4.2.1) */
@final
export class Cookies {
  name: Slice = 0;
  /** The value, without the quotes around it where it has them. */
  value: Slice = 0;
  /** The cookie as it stands in the field, with its name. */
  text: Slice = 0;
  private next_: usize;
  private readonly limit: usize;

  constructor(field: Slice) {
    this.next_ = dataOf(field);
    this.limit = dataOf(field) + sizeOf(field);
  }

  next(): bool {
    if (this.next_ >= this.limit) return false;
    let begin = this.next_;
    let end = begin;
    while (end < this.limit && <u32>load<u8>(end) != SEMICOLON) end += 1;
    this.next_ = end + 1;
    const whole = trimmed(begin, end);
    begin = dataOf(whole);
    end = begin + sizeOf(whole);
    this.text = whole;
    let equals = begin;
    while (equals < end && <u32>load<u8>(equals) != EQUALS) equals += 1;
    this.name = trimmed(begin, equals);
    this.value = equals < end ? unquoted(trimmed(equals + 1, end)) : 0;
    return true;
  }
}

function unquoted(value: Slice): Slice {
  const begin = dataOf(value);
  const size = sizeOf(value);
  if (size < 2 || <u32>load<u8>(begin) != QUOTE || <u32>load<u8>(begin + size - 1) != QUOTE) return value;
  return slice(begin + 1, size - 2);
}

function trimmed(begin: usize, end: usize): Slice {
  while (begin < end && isSpace(load<u8>(begin))) begin += 1;
  while (end > begin && isSpace(load<u8>(end - 1))) end -= 1;
  return slice(begin, end - begin);
}

// @ts-ignore: decorator
@inline
function isSpace(byte: u32): bool {
  return byte == SPACE || byte == TAB;
}
