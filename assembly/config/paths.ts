import { allocateInArena } from "../runtime/arena";
import { decimal } from "../runtime/decimal";
import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { decodeSlice } from "../runtime/utf8";
import { JsonDocument, JsonNode, JsonType, NO_NODE } from "./json";

/** Of a longer key or value this much is shown, in bytes. */
const MOST_SHOWN: usize = 64;

/** `\x` and two digits for each byte. */
const ESCAPE_SIZE: usize = 4;

/** Where a value stands in its document: `rules[1].prefix`; "" for the root. */
export function pathOf(document: JsonDocument, node: JsonNode): string {
  let path = "";
  let around = document.root;
  while (around != node) {
    let index = 0;
    let child = document.first(around);
    while (child != NO_NODE && node >= document.tape.next(child)) {
      child = document.next(around, child);
      index += 1;
    }
    if (child == NO_NODE) break;
    if (document.type(around) == JsonType.List) {
      path += "[" + decimal(index) + "]";
    } else {
      const quoted = document.raw(child - 1);
      path = memberPath(path, slice(dataOf(quoted) + 1, sizeOf(quoted) - 2));
    }
    around = child;
  }
  return path;
}

/** The path of an object's member. A key that is not a plain name is quoted, escaped and cut. */
export function memberPath(object: string, key: Slice): string {
  if (!isName(key)) return object + '["' + printable(key) + '"]';
  return object.length > 0 ? object + "." + decodeSlice(key) : decodeSlice(key);
}

function isName(key: Slice): bool {
  const size = sizeOf(key);
  if (size == 0 || size > MOST_SHOWN) return false;
  for (let at = dataOf(key); at < dataOf(key) + size; at++) {
    const byte = <u32>load<u8>(at);
    const letter = (byte | 0x20) - 0x61 < 26;
    if (!letter && byte - 0x30 >= 10 && byte != 0x5f && byte != 0x2d) return false;
  }
  return true;
}

/**
 * Text from a configuration in a form that is safe in a log line: what is not printable ASCII is escaped byte by byte,
 * and what is long is cut.
 */
export function printable(bytes: Slice): string {
  const size = min(sizeOf(bytes), MOST_SHOWN);
  const target = allocateInArena(size * ESCAPE_SIZE);
  let end = target;
  for (let at = dataOf(bytes); at < dataOf(bytes) + size; at++) {
    const byte = <u32>load<u8>(at);
    if (byte - 0x20 < 0x5f) {
      store<u8>(end++, byte);
    } else {
      store<u16>(end, 0x785c);
      store<u8>(end, hexadecimal(byte >> 4), 2);
      store<u8>(end, hexadecimal(byte & 15), 3);
      end += ESCAPE_SIZE;
    }
  }
  const text = decodeSlice(slice(target, end - target));
  return size < sizeOf(bytes) ? text + "..." : text;
}

function hexadecimal(digit: u32): u32 {
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}
