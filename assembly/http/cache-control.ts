import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { decodeSlice, encode } from "../runtime/utf8";
import { MOST_SECONDS, parseDeltaSeconds } from "./delta-seconds";
import { equalNames } from "./fields";
import { ListMembers, trimmed } from "./list-members";

const QUOTE: u32 = 0x22;
const EQUALS: u32 = 0x3d;

/** A directive that is not there. */
const ABSENT: i64 = -1;

/**
 * The directives of `cache-control`, of a request or a response, as far as they concern who keeps responses.
 * (RFC 9111, 5.2; RFC 5861; RFC 8246)
 *
 * Times are in seconds, at most 2^31, and -1 where the directive is not there. A `max-age` or `s-maxage` that is no
 * number, or that comes twice with other numbers, is 0: what has it is stale. The other times are then taken for absent.
 * Unknown directives, and whatever they say in quotes, mean nothing.
 */
@final
export class CacheControl {
  noStore: bool = false;
  /** `no-cache` without names of fields. */
  noCache: bool = false;
  /** `private` without names of fields. */
  isPrivate: bool = false;
  isPublic: bool = false;
  mustRevalidate: bool = false;
  proxyRevalidate: bool = false;
  mustUnderstand: bool = false;
  onlyIfCached: bool = false;
  maxAge: i64 = ABSENT;
  sharedMaxAge: i64 = ABSENT;
  minFresh: i64 = ABSENT;
  /** How long something may be stale; 2^31 for any time at all. */
  maxStale: i64 = ABSENT;
  staleWhileRevalidate: i64 = ABSENT;
  staleIfError: i64 = ABSENT;
  /** The names of the fields that `no-cache="..."` and `private="..."` are about, as they came. */
  readonly restrictedFields: string[] = [];
  /** Whether there is any directive, a known one or not. */
  isPresent: bool = false;
  /** Whether all of it could be read; what could not means nothing. */
  isWellFormed: bool = true;

  /** Adds the directives of one field's value; fields that are repeated count together. */
  add(value: Slice): void {
    const members = new ListMembers(value);
    while (members.next()) this.addDirective(members.member);
  }

  /** Whether a field is one that `no-cache` or `private` names. */
  restricts(name: Slice): bool {
    for (let i = 0; i < this.restrictedFields.length; i++) {
      if (equalNames(encode(unchecked(this.restrictedFields[i])), name)) return true;
    }
    return false;
  }

  private addDirective(directive: Slice): void {
    const data = dataOf(directive);
    const size = sizeOf(directive);
    let nameSize: usize = 0;
    while (nameSize < size && <u32>load<u8>(data + nameSize) != EQUALS) nameSize += 1;
    const name = trimmed(slice(data, nameSize));
    const hasArgument = nameSize < size;
    let argument = hasArgument ? slice(data + nameSize + 1, size - nameSize - 1) : 0;
    // No white space belongs before the equals sign: such an argument is none.
    if (sizeOf(name) != nameSize) argument = directive;
    this.isPresent = true;
    switch (<i32>sizeOf(name)) {
      case 6:
        if (is(name, "public")) this.isPublic = true;
        return;
      case 7:
        if (is(name, "private")) this.restrict(argument, true);
        else if (is(name, "max-age")) this.maxAge = this.lifetime(this.maxAge, argument);
        return;
      case 8:
        if (is(name, "no-store")) this.noStore = true;
        else if (is(name, "no-cache")) this.restrict(argument, false);
        else if (is(name, "s-maxage")) this.sharedMaxAge = this.lifetime(this.sharedMaxAge, argument);
        return;
      case 9:
        if (is(name, "min-fresh")) this.minFresh = this.seconds(argument);
        else if (is(name, "max-stale")) this.maxStale = hasArgument ? this.seconds(argument) : MOST_SECONDS;
        return;
      case 14:
        if (is(name, "stale-if-error")) this.staleIfError = this.seconds(argument);
        else if (is(name, "only-if-cached")) this.onlyIfCached = true;
        return;
      case 15:
        if (is(name, "must-revalidate")) this.mustRevalidate = true;
        else if (is(name, "must-understand")) this.mustUnderstand = true;
        return;
      case 16:
        if (is(name, "proxy-revalidate")) this.proxyRevalidate = true;
        return;
      case 22:
        if (is(name, "stale-while-revalidate")) this.staleWhileRevalidate = this.seconds(argument);
    }
  }

  /** A time that makes things fresh: what cannot be read, or contradicts itself, makes nothing fresh. */
  private lifetime(before: i64, argument: Slice): i64 {
    const seconds = this.seconds(argument);
    if (seconds == ABSENT || (before != ABSENT && before != seconds)) return 0;
    return seconds;
  }

  private seconds(argument: Slice): i64 {
    const seconds = parseDeltaSeconds(isQuoted(argument) ? unquoted(argument) : argument);
    if (seconds == ABSENT) this.malformed();
    return seconds;
  }

  private malformed(): void {
    this.isWellFormed = false;
  }

  /** `no-cache` or `private`: of the fields that it names in quotes, and of all where it names none. */
  private restrict(argument: Slice, isPrivate: bool): void {
    const before = this.restrictedFields.length;
    if (isQuoted(argument)) {
      const names = new ListMembers(unquoted(argument));
      while (names.next()) this.restrictedFields.push(decodeSlice(names.member));
    }
    if (this.restrictedFields.length != before) return;
    if (isPrivate) this.isPrivate = true;
    else this.noCache = true;
  }
}

function is(name: Slice, expected: string): bool {
  return equalNames(name, encode(expected));
}

function isQuoted(text: Slice): bool {
  const data = dataOf(text);
  const size = sizeOf(text);
  return size >= 2 && <u32>load<u8>(data) == QUOTE && <u32>load<u8>(data + size - 1) == QUOTE;
}

function unquoted(text: Slice): Slice {
  return slice(dataOf(text) + 1, sizeOf(text) - 2);
}
