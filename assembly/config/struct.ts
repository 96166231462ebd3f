import { allocateInArena } from "../runtime/arena";
import { Slice, dataOf, equalBytes, sizeOf, slice } from "../runtime/slice";

/**
 * A `google.protobuf.Struct` as JSON text. Envoy hands a configuration of that type on as the message's own bytes
 * (only `StringValue` and `BytesValue` are unwrapped), so that a plugin which expects JSON would refuse it.
 *
 *     Struct { map<string, Value> fields = 1 }    ListValue { repeated Value values = 1 }
 *     Value  { null = 1 | number = 2 | string = 3 | bool = 4 | Struct = 5 | ListValue = 6 }
 */

/** A tag of the wire format: a field's number and how its value is written. That of the values in a list is the same. */
const FIELDS: u32 = 0x0a;
const ENTRY_KEY: u32 = 0x0a;
const ENTRY_VALUE: u32 = 0x12;
const NULL: u32 = 0x08;
const NUMBER: u32 = 0x11;
const STRING: u32 = 0x1a;
const BOOL: u32 = 0x20;
const STRUCT: u32 = 0x2a;
const LIST: u32 = 0x32;

const MOST_LEVELS: i32 = 64;
/** A byte becomes at most `\u00XX`, and a number of 8 bytes at most 24 digits and signs. */
const GROWTH: usize = 6;

const BRACE: u32 = 0x7b;
const BRACKET: u32 = 0x5b;
const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;

/** Where the next character goes, and whether all was well so far. */
let target: usize = 0;
let sound: bool = true;

/**
 * The JSON text of a Struct's bytes, in the arena; an empty slice for bytes that are no Struct. No JSON text is taken
 * for one: a Struct with anything in it has a control character in it that JSON cannot have.
 */
export function structToJson(bytes: Slice): Slice {
  if (sizeOf(bytes) == 0 || load<u8>(dataOf(bytes)) != FIELDS) return 0;
  const text = allocateInArena(sizeOf(bytes) * GROWTH + 32);
  if (text == 0) return 0;
  target = text;
  sound = true;
  writeAll(dataOf(bytes), dataOf(bytes) + sizeOf(bytes), 0, BRACE);
  return sound ? slice(text, target - text) : 0;
}

/**
 * The JSON text of the Struct that a key has in a message whose first field is a `map<string, Struct>`, as that of Envoy's
 * dynamic metadata is; an empty slice where there is none.
 */
export function structInMapToJson(message: Slice, key: Slice): Slice {
  const end = dataOf(message) + sizeOf(message);
  let at = dataOf(message);
  let found: Slice = 0;
  sound = true;
  while (at < end && load<u8>(at) == FIELDS) {
    const entry = content(at + 1, end);
    at = contentEnd;
    if (entry == at || load<u8>(entry) != ENTRY_KEY) break;
    const name = content(entry + 1, at);
    const value = contentEnd;
    if (!equalBytes(slice(name, value - name), key)) continue;
    if (value == at || load<u8>(value) != ENTRY_VALUE) break;
    const struct = content(value + 1, at);
    found = slice(struct, contentEnd - struct);
  }
  return sound ? structToJson(found) : 0;
}

function put(character: u32): void {
  store<u8>(target, <u8>character);
  target += 1;
}

/** Where the field's content begins, given where its length stands; the content ends at `contentEnd`. */
let contentEnd: usize = 0;

function content(at: usize, end: usize): usize {
  let length: usize = 0;
  let shift: usize = 0;
  while (at < end && shift < 28) {
    const byte = <usize>load<u8>(at);
    at += 1;
    length |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) {
      if (length > end - at) break;
      contentEnd = at + length;
      return at;
    }
  }
  sound = false;
  contentEnd = end;
  return end;
}

/** A Struct from `{` on, or a ListValue from `[` on: each is a list of one kind of fields. */
function writeAll(at: usize, end: usize, level: i32, bracket: u32): void {
  put(bracket);
  let first = true;
  while (sound && at < end) {
    if (load<u8>(at) != FIELDS) {
      sound = false;
      return;
    }
    const field = content(at + 1, end);
    at = contentEnd;
    if (!first) put(0x2c);
    first = false;
    if (bracket == BRACE) writeEntry(field, at, level);
    else writeValue(field, at, level);
  }
  put(bracket + 2);
}

function writeEntry(at: usize, end: usize, level: i32): void {
  if (at == end || load<u8>(at) != ENTRY_KEY) {
    sound = false;
    return;
  }
  const key = content(at + 1, end);
  writeString(key, contentEnd);
  put(0x3a);
  at = contentEnd;
  if (at == end || load<u8>(at) != ENTRY_VALUE) {
    sound = false;
    return;
  }
  const value = content(at + 1, end);
  if (contentEnd != end) sound = false;
  else writeValue(value, end, level);
}

function writeValue(at: usize, end: usize, level: i32): void {
  const tag = at < end ? <u32>load<u8>(at) : 0;
  const size = end - at;
  // Of a byte with the highest bit set the number would go on.
  const byte = size == 2 ? load<i8>(at, 1) : -1;
  if (tag == NULL && byte >= 0) {
    writeWord(0x6c6c756e, 4);
  } else if (tag == BOOL && byte >= 0) {
    if (byte != 0) writeWord(0x65757274, 4);
    else writeWord(0x65736c6166, 5);
  } else if (tag == NUMBER && size == 9) {
    writeNumber(load<f64>(at, 1));
  } else if (level < MOST_LEVELS && (tag == STRING || tag == STRUCT || tag == LIST)) {
    const inner = content(at + 1, end);
    if (contentEnd != end) sound = false;
    else if (tag == STRING) writeString(inner, end);
    else writeAll(inner, end, level + 1, tag == STRUCT ? BRACE : BRACKET);
  } else {
    sound = false;
  }
}

/** Writes up to eight ASCII characters, the first in the lowest byte. */
function writeWord(characters: u64, size: usize): void {
  store<u64>(target, characters);
  target += size;
}

function writeString(at: usize, end: usize): void {
  put(QUOTE);
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at);
    if (byte < 0x20) {
      writeWord(0x3030755c, 4);
      put(0x30 + (byte >> 4));
      put((byte & 15) + ((byte & 15) < 10 ? 0x30 : 0x57));
    } else {
      if (byte == QUOTE || byte == BACKSLASH) put(BACKSLASH);
      put(byte);
    }
  }
  put(QUOTE);
}

const TWO_TO_53: f64 = 9007199254740992.0;
const TWO_TO_64: f64 = 18446744073709551616.0;

/**
 * Writes a number such that reading it gives the number again: as the whole number that it is after a shift of its
 * point. Those that people write need few places. Of others one in some hundred may come back as the double next to it;
 * one above 2^64, or that needs more than 22 places behind the point, as one nearby.
 */
function writeNumber(value: f64): void {
  if (!isFinite(value)) {
    sound = false;
    return;
  }
  if (value < 0) put(0x2d);
  const size = abs(value);
  // As many digits as 64 bits hold, where a double has them all.
  const most = size < TWO_TO_64 ? TWO_TO_64 : TWO_TO_53;
  let exponent = 0;
  let scale: f64 = 1;
  while (size / scale >= most) {
    exponent += 1;
    scale *= 10;
  }
  let whole = nearest(size / scale);
  if (exponent == 0) {
    while (whole / scale != size && exponent > -22 && size * scale * 10 < TWO_TO_64) {
      exponent -= 1;
      scale *= 10;
      whole = nearest(size * scale);
    }
  }
  writeDecimal(<u64>whole);
  if (exponent == 0) return;
  put(0x65);
  if (exponent < 0) put(0x2d);
  writeDecimal(abs(exponent));
}

function writeDecimal(value: u64): void {
  let digits = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits += 1;
  let at = target + digits;
  target = at;
  while (digits > 0) {
    digits -= 1;
    at -= 1;
    store<u8>(at, <u8>(0x30 + (value % 10)));
    value /= 10;
  }
}
