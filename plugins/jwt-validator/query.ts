import { Slice, copyOf, dataOf, sizeOf, slice, sliceOf } from "as-proxy-wasm";

const AMPERSAND: u32 = 0x26;
const EQUALS: u32 = 0x3d;
const QUESTION_MARK: u32 = 0x3f;
const HASH: u32 = 0x23;
const PERCENT: u32 = 0x25;
const PLUS: u32 = 0x2b;

/** Goes through the parameters of a request target's query, as forms encode them. What it shows ends with the callback. */
@final
export class QueryParameters {
  /** The parameter's name and value, decoded. */
  name: Slice = 0;
  value: Slice = 0;
  /** Where the parameter stands in the target. */
  begin: usize = 0;
  end: usize = 0;
  private next_: usize;
  private readonly limit: usize;

  constructor(target: Slice) {
    const limit = dataOf(target) + sizeOf(target);
    let at = indexOf(dataOf(target), limit, HASH);
    this.limit = at;
    at = indexOf(dataOf(target), at, QUESTION_MARK);
    this.next_ = at < this.limit ? at + 1 : this.limit + 1;
  }

  next(): bool {
    if (this.next_ > this.limit) return false;
    const begin = this.next_;
    const end = indexOf(begin, this.limit, AMPERSAND);
    const equals = indexOf(begin, end, EQUALS);
    this.begin = begin;
    this.end = end;
    this.next_ = end + 1;
    this.name = this.decode(begin, equals);
    this.value = equals < end ? this.decode(equals + 1, end) : 0;
    return true;
  }

  private decode(begin: usize, end: usize): Slice {
    const text = slice(begin, end - begin);
    if (indexOf(begin, end, PERCENT) == end && indexOf(begin, end, PLUS) == end) return text;
    const copy = copyOf(text);
    let target = copy.dataStart;
    const limit = target + copy.length;
    for (let at = target; at < limit; at++) {
      let byte = <u32>load<u8>(at);
      if (byte == PLUS) byte = 0x20;
      if (byte == PERCENT && at + 2 < limit) {
        const high = digit(load<u8>(at, 1));
        const low = digit(load<u8>(at, 2));
        if ((high | low) < 16) {
          byte = (high << 4) | low;
          at += 2;
        }
      }
      store<u8>(target++, byte);
    }
    return slice(copy.dataStart, target - copy.dataStart);
  }
}

/** A request target without the parameters of a name, and without a query where nothing is left of it. */
export function withoutParameter(target: Slice, name: Slice): Uint8Array {
  const result = new Uint8Array(<i32>sizeOf(target));
  const parameter = new QueryParameters(target);
  let end = result.dataStart;
  let kept = 0;
  let after = dataOf(target) + sizeOf(target);
  let isFirst = true;
  while (parameter.next()) {
    if (isFirst) end = copy(end, dataOf(target), parameter.begin - 1);
    isFirst = false;
    after = parameter.end;
    if (isSame(parameter.name, name)) continue;
    store<u8>(end++, kept == 0 ? QUESTION_MARK : AMPERSAND);
    end = copy(end, parameter.begin, parameter.end);
    kept += 1;
  }
  if (isFirst) return copyOf(target);
  end = copy(end, after, dataOf(target) + sizeOf(target));
  return copyOf(slice(result.dataStart, end - result.dataStart));
}

function isSame(a: Slice, b: Slice): bool {
  return sizeOf(a) == sizeOf(b) && memory.compare(dataOf(a), dataOf(b), sizeOf(a)) == 0;
}

/** Writes what lies from `begin` to `end`, and returns the place after it. */
function copy(target: usize, begin: usize, end: usize): usize {
  memory.copy(target, begin, end - begin);
  return target + (end - begin);
}

function indexOf(begin: usize, end: usize, byte: u32): usize {
  while (begin < end && <u32>load<u8>(begin) != byte) begin += 1;
  return begin;
}

/** The value of a hexadecimal digit; 16 or more for what is none. */
function digit(byte: u32): u32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}
