import { equalIgnoringCase } from "../runtime/ascii";
import { Slice, copyOf, dataOf, equalBytes, sizeOf, slice, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";

/** Which part of a path a pattern is. */
export enum PathPart {
  /** All of it. */
  Exact,
  /** What it begins with, on the boundaries of segments or not: `/api` fits `/apis` too. */
  Prefix,
  /** What it ends with. */
  Suffix,
}

const SLASH: u32 = 0x2f;
const DOT: u32 = 0x2e;

/**
 * A pattern for paths, as one writes it in a configuration: how the resource is called, without what only spells it
 * differently. A slash at the end does not count: `/admin` and `/admin/` fit the same patterns, as most services
 * answer both. Matching makes no garbage.
 *
 * A pattern judges one spelling at a time: give it `requestPath` and what `normalizePath` makes of that.
 * `PathPrefix` is the other kind of prefix, on the boundaries of segments.
 */
@final
export class PathPattern {
  private constructor(
    readonly part: PathPart,
    private readonly text: Uint8Array,
    private readonly anyCase: bool,
  ) {}

  /**
   * The pattern of a text; null where that is none. It has no query or fragment, no percent-encoding (it is compared
   * with the decoded path), no `;`, backslash or control character, neither empty nor `.` nor `..` segments, and begins
   * with a slash unless it is a suffix. A suffix is more than a slash. With `anyCase` the case of ASCII letters does not
   * count.
   */
  static parse(part: PathPart, text: string, anyCase: bool = false): PathPattern | null {
    const given = encode(text);
    if (sizeOf(given) == 0 || !isPlain(given)) return null;
    if (part != PathPart.Suffix && load<u8>(dataOf(given)) != SLASH) return null;
    if (part == PathPart.Suffix && sizeOf(withoutEndSlash(given)) == 0) return null;
    return new PathPattern(part, copyOf(part == PathPart.Prefix ? given : withoutEndSlash(given)), anyCase);
  }

  /** Whether a path without its query fits, in this spelling. */
  matches(path: Slice): bool {
    const pattern = sliceOf(this.text);
    const data = dataOf(path);
    if (this.part == PathPart.Prefix) {
      if (this.equal(slice(data, min(sizeOf(path), sizeOf(pattern))), pattern)) return true;
      const shorter = withoutEndSlash(pattern);
      return sizeOf(shorter) != sizeOf(pattern) && this.equal(path, shorter);
    }
    const whole = withoutEndSlash(path);
    if (this.part == PathPart.Exact) return this.equal(whole, pattern);
    const size = sizeOf(pattern);
    return size <= sizeOf(whole) && this.equal(slice(data + sizeOf(whole) - size, size), pattern);
  }

  /** Whether every path that fits another pattern fits this one too. */
  covers(other: PathPattern): bool {
    const text = sliceOf(other.text);
    if (other.part == PathPart.Exact) return this.matches(text);
    const whole = sliceOf(this.text);
    if (this.part == PathPart.Prefix) {
      // Every path begins with a slash.
      if (other.part == PathPart.Suffix) return sizeOf(whole) == 1;
      return this.equal(slice(dataOf(text), min(sizeOf(text), sizeOf(whole))), whole);
    }
    return this.part == PathPart.Suffix && other.part == PathPart.Suffix && this.matches(text);
  }

  private equal(a: Slice, b: Slice): bool {
    if (!this.anyCase) return equalBytes(a, b);
    return sizeOf(a) == sizeOf(b) && equalIgnoringCase(dataOf(a), dataOf(b), sizeOf(a));
  }
}

function withoutEndSlash(path: Slice): Slice {
  let size = sizeOf(path);
  while (size > 0 && load<u8>(dataOf(path) + size - 1) == SLASH) size -= 1;
  return slice(dataOf(path), size);
}

/** Whether a text has nothing in it that normalising would change, or that would end a path. */
function isPlain(text: Slice): bool {
  const end = dataOf(text) + sizeOf(text);
  for (let at = dataOf(text); at < end; at++) {
    const byte = <u32>load<u8>(at);
    if (byte < 0x20 || byte == 0x7f) return false;
    // ? # % ; and the backslash
    if (byte == 0x3f || byte == 0x23 || byte == 0x25 || byte == 0x3b || byte == 0x5c) return false;
    if (byte == SLASH && !isName(at + 1, end)) return false;
  }
  return true;
}

/** Whether a segment, which begins here, is neither `.` nor `..`, nor empty within the text. */
function isName(segment: usize, end: usize): bool {
  let at = segment;
  while (at < end && load<u8>(at) != SLASH) at += 1;
  const size = at - segment;
  if (size == 0) return at == end;
  if (size > 2 || load<u8>(segment) != DOT) return true;
  return size == 2 && load<u8>(segment, 1) != DOT;
}
