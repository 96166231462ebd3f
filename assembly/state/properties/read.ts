import { decodePairs } from "../../http/pairs";
import { Slice, copyOf, dataOf, sizeOf } from "../../runtime/slice";
import { decodeSlice, encode } from "../../runtime/utf8";
import { NO_PROPERTY, findProperty } from "./find";

/** A property by the first of two paths that has it; the second is what older hosts call it. "" is no path. */
function either(path: string, older: string): Slice {
  const value = findProperty(encode(path));
  return value == NO_PROPERTY && older.length != 0 ? findProperty(encode(older)) : value;
}

/** A property that is text; null where there is none. The path's segments are separated by NUL. */
export function text(path: string, older: string = ""): string | null {
  const value = either(path, older);
  return value == NO_PROPERTY ? null : decodeSlice(value);
}

/** A property as its bytes: a serialized message, or whatever the host has; null where there is none. */
export function bytes(path: string, older: string = ""): Uint8Array | null {
  const value = either(path, older);
  return value == NO_PROPERTY ? null : copyOf(value);
}

/** A property that is a whole number, 8 bytes little endian; -1 where there is none. */
export function integer(path: string, older: string = ""): i64 {
  const value = either(path, older);
  return value != NO_PROPERTY && sizeOf(value) == 8 ? load<i64>(dataOf(value)) : -1;
}

/** A property that is a time or a duration, in nanoseconds; -1 where there is none. */
export function nanoseconds(path: string, older: string = ""): i64 {
  return integer(path, older);
}

/** A property that is a floating-point number; NaN where there is none. */
export function double(path: string, older: string = ""): f64 {
  const value = either(path, older);
  return value != NO_PROPERTY && sizeOf(value) == 8 ? load<f64>(dataOf(value)) : NaN;
}

/** A property that is true or false; false where there is none. */
export function flag(path: string, older: string = ""): bool {
  const value = either(path, older);
  return value != NO_PROPERTY && sizeOf(value) == 1 && load<u8>(dataOf(value)) != 0;
}

/** A property that is a map, as `[[key, value], ...]` with values as text; of a list the keys alone count. */
export function entries(path: string, older: string = ""): string[][] | null {
  const value = either(path, older);
  return value == NO_PROPERTY ? null : decodePairs(dataOf(value), sizeOf(value));
}
