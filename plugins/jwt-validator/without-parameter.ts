import { Slice, copyOf, dataOf, equalBytes, percentDecode, sizeOf, slice } from "as-proxy-wasm";

const AMPERSAND: u32 = 0x26;
const EQUALS: u32 = 0x3d;
const QUESTION_MARK: u32 = 0x3f;
const HASH: u32 = 0x23;

/**
 * A request target without the parameters of a name, however that is spelt, and without a query where nothing is left of
 * it. All else stays as it is.
 */
export function withoutParameter(target: Slice, name: Slice): Uint8Array {
  const begin = dataOf(target);
  const end = begin + sizeOf(target);
  const query = indexOf(begin, end, HASH);
  let at = indexOf(begin, query, QUESTION_MARK);
  if (at == query) return copyOf(target);
  const result = new Uint8Array(<i32>sizeOf(target));
  let next = copied(result.dataStart, begin, at);
  let separator = QUESTION_MARK;
  while (at < query) {
    at += 1;
    const limit = indexOf(at, query, AMPERSAND);
    const equals = indexOf(at, limit, EQUALS);
    if (!equalBytes(percentDecode(slice(at, equals - at), true), name)) {
      store<u8>(next, separator);
      separator = AMPERSAND;
      next = copied(next + 1, at, limit);
    }
    at = limit;
  }
  next = copied(next, query, end);
  return copyOf(slice(result.dataStart, next - result.dataStart));
}

/** Writes what lies from `begin` to `end`, and returns the place after it. */
function copied(target: usize, begin: usize, end: usize): usize {
  memory.copy(target, begin, end - begin);
  return target + (end - begin);
}

/** Where a byte stands for the first time; `end` where it does not. */
function indexOf(begin: usize, end: usize, byte: u32): usize {
  while (begin < end && <u32>load<u8>(begin) != byte) begin += 1;
  return begin;
}
