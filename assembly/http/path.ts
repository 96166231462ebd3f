import { allocateInArena } from "../runtime/arena";
import { Slice, dataOf, equalBytes, sizeOf, slice } from "../runtime/slice";

const SLASH: u32 = 0x2f;
const BACKSLASH: u32 = 0x5c;
const DOT: u32 = 0x2e;
const PERCENT: u32 = 0x25;
const SEMICOLON: u32 = 0x3b;

/** A path without its query and fragment. */
export function withoutQuery(path: Slice): Slice {
  const begin = dataOf(path);
  const end = begin + sizeOf(path);
  let at = begin;
  while (at < end && load<u8>(at) != 0x3f && load<u8>(at) != 0x23) at += 1;
  return slice(begin, at - begin);
}

/**
 * Whether a path lies under a prefix, on segment boundaries: `/api` has `/api` and `/api/x` under it, not `/apix`;
 * `/api/` has `/api/x`, not `/api`. Bytes are compared as they are.
 */
export function hasPathPrefix(path: Slice, prefix: Slice): bool {
  const size = sizeOf(prefix);
  if (size > sizeOf(path) || !equalBytes(slice(dataOf(path), size), prefix)) return false;
  if (size == sizeOf(path)) return true;
  return size > 0 && (load<u8>(dataOf(prefix) + size - 1) == SLASH || load<u8>(dataOf(path) + size) == SLASH);
}

/**
 * The path that a lenient server may take this one for, without query and fragment: percent-encoding decoded, once;
 * a backslash read as a slash; what follows `;` in a segment removed; empty and `.` segments removed; `..` removed
 * with the segment before it, never above the root. It begins with a slash, and ends with one where the path named a
 * directory (`/a/`, `/a/.`, `/a/b/..`).
 *
 * Encoded slashes and dots count as slashes and dots. An encoded `;`, `?` or `#` is only a character of its segment.
 * The result lies in the arena, or is a part of `path` where nothing had to change.
 */
export function normalizePath(path: Slice): Slice {
  const given = withoutQuery(path);
  if (isNormal(given)) return given;
  const size = sizeOf(given) + 1;
  const target = allocateInArena(size);
  if (target == 0) return given;
  let at = dataOf(given);
  const end = at + sizeOf(given);
  store<u8>(target, <u8>SLASH);
  // `segment` is where the present one begins, one past the slash before it.
  let segment = target + 1;
  let next = segment;
  while (at < end) {
    let byte = <u32>load<u8>(at);
    at += 1;
    if (byte == SEMICOLON) {
      at = skipParameters(at, end);
      continue;
    }
    if (byte == PERCENT) {
      const decoded = encodedByte(at, end);
      if (decoded >= 0) {
        byte = decoded;
        at += 2;
      }
    }
    if (byte != SLASH && byte != BACKSLASH) {
      store<u8>(next++, byte);
      continue;
    }
    next = endSegment(target, segment, next);
    // A segment that stays is followed by a slash; after one that went there is the slash before it.
    if (load<u8>(next - 1) != SLASH) store<u8>(next++, <u8>SLASH);
    segment = next;
  }
  next = endSegment(target, segment, next);
  return slice(target, next - target);
}

/** Where the next segment is written: after this one, or in the place of what a `.` or `..` removes. */
function endSegment(target: usize, segment: usize, end: usize): usize {
  const size = end - segment;
  if (size == 1 && load<u8>(segment) == DOT) return segment;
  if (size != 2 || load<u8>(segment) != DOT || load<u8>(segment, 1) != DOT) return end;
  if (segment == target + 1) return segment;
  let parent = segment - 1;
  while (load<u8>(parent - 1) != SLASH) parent -= 1;
  return parent;
}

/** The address of the slash or backslash that ends a segment's parameters, encoded or not, or `end`. */
function skipParameters(at: usize, end: usize): usize {
  while (at < end) {
    let byte = <i32>load<u8>(at);
    if (byte == PERCENT) byte = encodedByte(at + 1, end);
    if (byte == SLASH || byte == BACKSLASH) break;
    at += 1;
  }
  return at;
}

/** The byte that two hexadecimal digits at `at` stand for; negative where there are none. */
export function encodedByte(at: usize, end: usize): i32 {
  if (at + 2 > end) return -1;
  return (digit(load<u8>(at)) << 4) | digit(load<u8>(at, 1));
}

/** The value of a hexadecimal digit, or -1. */
function digit(byte: u32): i32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : -1;
}

/** Whether normalizing would change nothing: most paths. A segment that begins with a dot is left to the long way. */
function isNormal(path: Slice): bool {
  const begin = dataOf(path);
  const size = sizeOf(path);
  if (size == 0 || load<u8>(begin) != SLASH) return false;
  let before: u32 = 0;
  for (let at = begin; at < begin + size; at++) {
    const byte = <u32>load<u8>(at);
    if (byte == PERCENT || byte == SEMICOLON || byte == BACKSLASH) return false;
    if (before == SLASH && (byte == SLASH || byte == DOT)) return false;
    before = byte;
  }
  return true;
}
