import { isDictionary } from "./targeted";
import {
  CacheControl,
  HeaderCursor,
  NO_DATE,
  NO_HEADER,
  ListMembers,
  Slice,
  equalBytes,
  equalNames,
  isFieldNameText,
  lowerCaseText,
  decodeSlice,
  parseDeltaSeconds,
  parseHttpDate,
  sizeOf,
  utf8Slice,
} from "as-proxy-wasm";

/** How many fields a response may vary by and still be kept: more than anything sane names, and soon compared. */
const MOST_VARYING: i32 = 32;

/** What of a response's head concerns a cache. The slices lie where the fields do that were read. */
@final
export class ResponseHead {
  status: i32 = 0;
  /** What holds: `cdn-cache-control` in the place of `cache-control` and `expires`, where it is there. */
  control: CacheControl = new CacheControl();
  hasExpires: bool = false;
  /** In seconds since 1970; `NO_DATE` where it is no date, or where several say different things. */
  expires: i64 = NO_DATE;
  date: i64 = NO_DATE;
  lastModified: i64 = NO_DATE;
  etag: Slice = NO_HEADER;
  /** In seconds; 0 where it is not there or no number. */
  age: i64 = 0;
  hasAge: bool = false;
  /** The fields that chose it, in lower case and each once. */
  vary: string[] = [];
  variesByAll: bool = false;
  hasType: bool = false;
  /** Whether a `set-cookie` is in it that would be kept. */
  setsCookie: bool = false;
  /** -1 where it is not there. */
  contentLength: i64 = -1;
  location: Slice = NO_HEADER;
  contentLocation: Slice = NO_HEADER;
  private connection: string[] = [];
  private hasCookie: bool = false;
  private targeted: CacheControl | null = null;

  /** `now` is in seconds since 1970. */
  static read(field: HeaderCursor, now: i64): ResponseHead {
    const head = new ResponseHead();
    while (field.next()) head.take(field.nameSlice, field.valueSlice, now);
    const targeted = head.targeted;
    if (targeted !== null && targeted.isPresent && targeted.isWellFormed) {
      for (let i = 0; i < head.control.restrictedFields.length; i++)
        targeted.restrictedFields.push(head.control.restrictedFields[i]);
      head.control = targeted;
      head.hasExpires = false;
    }
    head.setsCookie = head.hasCookie && !head.control.restricts(utf8Slice("set-cookie"));
    return head;
  }

  /** Whether a field is never kept: it is between neighbours only, or for nobody but the one who asked. (RFC 9111, 3.1) */
  isDropped(name: Slice): bool {
    for (let i = 0; i < NEVER_KEPT.length; i++) {
      if (is(name, unchecked(NEVER_KEPT[i]))) return true;
    }
    for (let i = 0; i < this.connection.length; i++) {
      if (equalNames(name, utf8Slice(unchecked(this.connection[i])))) return true;
    }
    return this.control.restricts(name);
  }

  private take(name: Slice, value: Slice, now: i64): void {
    switch (<i32>sizeOf(name)) {
      case 3:
        if (is(name, "age") && !this.hasAge) this.takeAge(value);
        return;
      case 4:
        if (is(name, "date")) this.date = parseHttpDate(value, now);
        else if (is(name, "vary")) this.takeVary(value);
        else if (is(name, "etag")) this.etag = value;
        return;
      case 7:
        if (is(name, "expires")) this.takeExpires(value, now);
        else if (is(name, ":status")) this.status = <i32>parseDeltaSeconds(value);
        return;
      case 8:
        if (is(name, "location")) this.location = value;
        return;
      case 10:
        if (is(name, "set-cookie")) this.hasCookie = true;
        else if (is(name, "connection")) addNames(value, this.connection);
        return;
      case 12:
        if (is(name, "content-type")) this.hasType = true;
        return;
      case 13:
        if (is(name, "cache-control")) this.control.add(value);
        else if (is(name, "last-modified")) this.lastModified = parseHttpDate(value, now);
        return;
      case 14:
        if (is(name, "content-length")) this.contentLength = parseDeltaSeconds(value);
        return;
      case 16:
        if (is(name, "content-location")) this.contentLocation = value;
        return;
      case 17:
        if (!is(name, "cdn-cache-control")) return;
        this.takeTargeted(value);
    }
  }

  private takeTargeted(value: Slice): void {
    let targeted = this.targeted;
    if (targeted === null) {
      targeted = new CacheControl();
      this.targeted = targeted;
    }
    targeted.add(value);
    if (!isDictionary(value)) targeted.isWellFormed = false;
  }

  private takeAge(value: Slice): void {
    this.hasAge = true;
    const members = new ListMembers(value);
    if (members.next()) this.age = max(<i64>0, parseDeltaSeconds(members.member));
  }

  private takeExpires(value: Slice, now: i64): void {
    const date = parseHttpDate(value, now);
    this.expires = this.hasExpires && this.expires != date ? NO_DATE : date;
    this.hasExpires = true;
  }

  /** What is no list of names is taken for `*`: it was meant to tell requests apart, and nobody knows which. */
  private takeVary(value: Slice): void {
    const members = new ListMembers(value);
    while (members.next() && !this.variesByAll) {
      const name = lowerCaseText(decodeSlice(members.member));
      if (!isFieldNameText(name) || name == "*" || this.vary.length == MOST_VARYING) this.variesByAll = true;
      else if (!this.vary.includes(name)) this.vary.push(name);
    }
  }
}

/**
 * Fields between neighbours (RFC 9110, 7.6.1), those of a proxy that authenticates (RFC 9111, 3.1), what the host's own
 * router adds, and what is worked out anew with each answer.
 */
const NEVER_KEPT: StaticArray<string> = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  ":status",
  "content-length",
  "age",
  "x-cache",
  "x-envoy-upstream-service-time",
];

function is(name: Slice, expected: string): bool {
  return sizeOf(name) == <usize>expected.length && equalBytes(name, utf8Slice(expected));
}

function addNames(value: Slice, names: string[]): void {
  const members = new ListMembers(value);
  while (members.next()) names.push(lowerCaseText(decodeSlice(members.member)));
}
