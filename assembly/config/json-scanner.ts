import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { findDuplicateKey } from "./json-duplicates";
import { JsonError, fail, reject } from "./json-errors";
import { skipNumber } from "./json-numbers";
import { lastStringEscaped, skipString } from "./json-strings";
import { JsonTape, JsonType, NodeFlag } from "./json-tape";

/** What may come next. */
enum Expect {
  Value,
  /** After `[`: a value or the list's end. */
  ValueOrEnd,
  /** After a comma in an object. */
  Key,
  /** After `{`: a key or the object's end. */
  KeyOrEnd,
  /** After a value: a comma, or the end of what it lies in. */
  CommaOrEnd,
}

/**
 * Checks a text against RFC 8259 and lists its values on the tape. Returns whether it is JSON; `lastError` says what
 * is wrong where it is not. Lists and objects that are still open are chained through their nodes, so that nothing
 * recurs.
 */
export function scanJson(text: Slice, tape: JsonTape, maximumDepth: i32): bool {
  const base = dataOf(text);
  const end = base + sizeOf(text);
  if (end - base >= 3 && load<u16>(base) == 0xbbef && load<u8>(base, 2) == 0xbf) {
    return reject(JsonError.ByteOrderMark, base);
  }
  if (skipSpace(base, end) == end) return reject(JsonError.Empty, base);
  if (!scanValues(base, end, tape, maximumDepth)) return false;
  const duplicate = findDuplicateKey(tape, base);
  if (duplicate < 0) return true;
  return reject(JsonError.DuplicateKey, base + tape.start(duplicate));
}

function scanValues(base: usize, end: usize, tape: JsonTape, maximumDepth: i32): bool {
  let at = base;
  let expect = Expect.Value;
  let around = -1;
  let depth = 0;
  while (true) {
    at = skipSpace(at, end);
    const inObject = around >= 0 && tape.type(around) == JsonType.Object;
    if (at == end) return (around < 0 && expect == Expect.CommaOrEnd) || reject(JsonError.UnexpectedEnd, at);
    const byte = <u32>load<u8>(at);

    if (expect != Expect.Value && expect != Expect.Key) {
      if (around < 0) return reject(JsonError.TextAfterEnd, at);
      if (byte == (inObject ? 0x7d : <u32>0x5d)) {
        at += 1;
        const closed = around;
        around = tape.next(closed);
        tape.close(closed, at - base);
        depth -= 1;
        expect = Expect.CommaOrEnd;
        continue;
      }
      if (expect == Expect.CommaOrEnd) {
        if (byte != 0x2c) {
          return reject(inObject ? JsonError.ExpectedCommaOrBrace : JsonError.ExpectedCommaOrBracket, at);
        }
        at += 1;
        expect = inObject ? Expect.Key : Expect.Value;
        continue;
      }
    }

    const start = at - base;
    if (expect == Expect.Key || expect == Expect.KeyOrEnd) {
      if (byte != 0x22) return reject(JsonError.ExpectedKey, at);
      at = skipString(at + 1, end);
      if (at == 0) return false;
      tape.push(stringInfo() | NodeFlag.Key, start, at - base, around);
      at = skipSpace(at, end);
      if (at == end) return reject(JsonError.UnexpectedEnd, at);
      if (load<u8>(at) != 0x3a) return reject(JsonError.ExpectedColon, at);
      at += 1;
      expect = Expect.Value;
      continue;
    }

    if (byte == 0x7b || byte == 0x5b) {
      depth += 1;
      if (depth > maximumDepth) return reject(JsonError.TooDeep, at);
      at += 1;
      around = tape.push(byte == 0x7b ? JsonType.Object : JsonType.List, start, 0, around);
      expect = byte == 0x7b ? Expect.KeyOrEnd : Expect.ValueOrEnd;
      continue;
    }
    let info: u32 = JsonType.Number;
    if (byte == 0x22) {
      at = skipString(at + 1, end);
      info = stringInfo();
    } else if (byte == 0x2d || byte - 0x30 < 10) {
      at = skipNumber(at, end);
    } else {
      info = byte == 0x6e ? JsonType.Null : JsonType.Boolean;
      at = skipWord(at, end);
    }
    if (at == 0) return false;
    tape.push(info, start, at - base, tape.length + 1);
    expect = Expect.CommaOrEnd;
  }
}

// @ts-ignore: decorator
@inline
function stringInfo(): u32 {
  return lastStringEscaped() ? JsonType.String | NodeFlag.Escaped : JsonType.String;
}

/** The address after `true`, `false` or `null`, or 0 after `fail`. */
function skipWord(at: usize, end: usize): usize {
  const size = end - at;
  if (size >= 4) {
    const word = load<u32>(at);
    if (word == 0x65757274 || word == 0x6c6c756e) return at + 4;
    if (word == 0x736c6166 && size > 4 && load<u8>(at, 4) == 0x65) return at + 5;
  }
  return fail(JsonError.ExpectedValue, at);
}

/** The address of the first byte that is not white space, or `end`. */
function skipSpace(at: usize, end: usize): usize {
  while (at < end) {
    const byte = <u32>load<u8>(at);
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) break;
    at += 1;
  }
  return at;
}
