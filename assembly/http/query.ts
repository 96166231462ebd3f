import { allocateInArena } from "../runtime/arena";
import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { encodedByte } from "./path";

const AMPERSAND: u32 = 0x26;
const EQUALS: u32 = 0x3d;
const QUESTION_MARK: u32 = 0x3f;
const HASH: u32 = 0x23;
const PERCENT: u32 = 0x25;
const PLUS: u32 = 0x2b;
const SPACE: u32 = 0x20;

/**
 * A text with its percent-encoding decoded, once: `%2F` is a slash. A percent sign without two hexadecimal digits stays
 * as it is. With `isForm` a plus is a space, as in queries. (RFC 3986, 2.1; WHATWG URL, 5.1)
 *
 * The result need not be UTF-8. It lies in the arena, or is the text itself where there is nothing to decode.
 */
export function percentDecode(text: Slice, isForm: bool = false): Slice {
  let at = dataOf(text);
  const end = at + sizeOf(text);
  while (at < end && load<u8>(at) != PERCENT && !(isForm && load<u8>(at) == PLUS)) at += 1;
  if (at == end) return text;
  const target = allocateInArena(sizeOf(text));
  if (target == 0) return text;
  let next = target + (at - dataOf(text));
  memory.copy(target, dataOf(text), at - dataOf(text));
  while (at < end) {
    let byte = <u32>load<u8>(at);
    if (isForm && byte == PLUS) byte = SPACE;
    if (byte == PERCENT) {
      const decoded = encodedByte(at + 1, end);
      if (decoded >= 0) {
        byte = decoded;
        at += 2;
      }
    }
    store<u8>(next, byte);
    next += 1;
    at += 1;
  }
  return slice(target, next - target);
}

/**
 * Goes through the parameters of a request target's query, as forms encode them: `a=1&b=x+y`. A parameter without a `=`
 * has an empty value, and `a&&b` has two parameters. What it shows ends with the callback.
 *
 *     const parameter = new QueryParameters(request.view(":path"));
 *     while (parameter.next()) { parameter.name; parameter.value; }
 */
@final
export class QueryParameters {
  /** The parameter's name, decoded. */
  name: Slice = 0;
  /** The parameter's value, decoded. */
  value: Slice = 0;
  private at: usize;
  private end: usize;

  /** A query begins after the first `?`, and ends before a `#`. */
  constructor(target: Slice) {
    this.end = indexOf(dataOf(target), dataOf(target) + sizeOf(target), HASH);
    this.at = indexOf(dataOf(target), this.end, QUESTION_MARK) + 1;
  }

  /** Goes to the next parameter; false when there is none. */
  next(): bool {
    while (this.at < this.end) {
      const begin = this.at;
      const end = indexOf(begin, this.end, AMPERSAND);
      this.at = end + 1;
      if (begin == end) continue;
      const equals = indexOf(begin, end, EQUALS);
      this.name = percentDecode(slice(begin, equals - begin), true);
      this.value = equals < end ? percentDecode(slice(equals + 1, end - equals - 1), true) : 0;
      return true;
    }
    return false;
  }
}

/** Where a byte stands for the first time; `end` where it does not. */
function indexOf(begin: usize, end: usize, byte: u32): usize {
  while (begin < end && <u32>load<u8>(begin) != byte) begin += 1;
  return begin;
}
