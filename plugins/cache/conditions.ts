import {
  HeaderCursor,
  NO_DATE,
  NO_HEADER,
  FieldBlock,
  Slice,
  equalBytes,
  equalEntityTags,
  includesEntityTag,
  isStrongEntityTag,
  parseHttpDate,
  trimmed,
  sizeOf,
  utf8Slice,
} from "as-proxy-wasm";
import { Entry } from "./entry";
import { RequestHead } from "./request-head";
import { ResponseHead } from "./response-head";

/** What a response has that a client may already have it by. */
@final
export class Validators {
  etag: Slice = NO_HEADER;
  lastModified: Slice = NO_HEADER;
  date: Slice = NO_HEADER;

  static of(field: HeaderCursor): Validators {
    const found = new Validators();
    while (field.next()) {
      const name = field.nameSlice;
      if (equalBytes(name, utf8Slice("etag"))) found.etag = field.valueSlice;
      else if (equalBytes(name, utf8Slice("last-modified"))) found.lastModified = field.valueSlice;
      else if (equalBytes(name, utf8Slice("date"))) found.date = field.valueSlice;
    }
    return found;
  }

  get exist(): bool {
    return this.etag != NO_HEADER || this.lastModified != NO_HEADER;
  }

  /** When it was changed last, in seconds since 1970, as is `now`; `NO_DATE` where it does not say. */
  changed(now: i64): i64 {
    return this.lastModified == NO_HEADER ? NO_DATE : parseHttpDate(this.lastModified, now);
  }
}

/**
 * Whether the client has what an entry would answer, by the conditions of its request: `if-none-match`, and only without
 * that `if-modified-since`. They mean something for a 200 alone. (RFC 9110, 13.2.2; RFC 9111, 4.3.2) `now` is in seconds.
 */
export function clientHas(entry: Entry, head: RequestHead, now: i64): bool {
  if (entry.status != 200) return false;
  if (head.ifNoneMatch == NO_HEADER && head.ifModifiedSince == NO_HEADER) return false;
  const validators = Validators.of(entry.cursor());
  if (head.ifNoneMatch != NO_HEADER) {
    return includesEntityTag(head.ifNoneMatch, validators.etag == NO_HEADER ? 0 : validators.etag);
  }
  const since = parseHttpDate(head.ifModifiedSince, now);
  if (since == NO_DATE) return false;
  const changed = validators.lastModified == NO_HEADER ? validators.date : validators.lastModified;
  const time = changed == NO_HEADER ? NO_DATE : parseHttpDate(changed, now);
  return time != NO_DATE && time <= since;
}

/**
 * Whether a 304 is about an entry, by its validators. One without any is: it was asked about this entry alone.
 * (RFC 9111, 4.3.4) `now` is in seconds.
 */
export function isAbout(entry: Entry, update: ResponseHead, now: i64): bool {
  const own = Validators.of(entry.cursor());
  if (update.etag != NO_HEADER && own.etag != NO_HEADER) {
    if (!isStrongEntityTag(update.etag)) return equalEntityTags(own.etag, update.etag);
    return equalBytes(trimmed(own.etag), trimmed(update.etag));
  }
  if (update.lastModified != NO_DATE) return own.changed(now) == update.lastModified;
  return update.etag == NO_HEADER;
}

/** Whether a 200 without a body is about the body of an entry: it says so, and nothing that it says differs. (RFC 9111, 4.3.5) */
export function isOfSameBody(entry: Entry, update: ResponseHead, now: i64): bool {
  if (entry.status != 200) return false;
  const own = Validators.of(entry.cursor());
  const hasTag = update.etag != NO_HEADER;
  const hasDate = update.lastModified != NO_DATE;
  if (!hasTag && !hasDate) return false;
  if (hasTag && (own.etag == NO_HEADER || !equalBytes(trimmed(own.etag), trimmed(update.etag)))) return false;
  if (hasDate && own.changed(now) != update.lastModified) return false;
  return update.contentLength < 0 || update.contentLength == <i64>sizeOf(entry.body);
}

/** The fields of an entry that a 304 has, with what it says of itself. (RFC 9110, 15.4.5) 0 where they cannot be sent. */
export function fieldsOfNotModified(entry: Entry, verdict: Slice, age: Slice): Slice {
  const block = new FieldBlock(16);
  const hasTag = Validators.of(entry.cursor()).etag != NO_HEADER;
  const field = entry.cursor();
  while (field.next()) {
    const name = field.nameSlice;
    if (isOfNotModified(name) || (!hasTag && equalBytes(name, utf8Slice("last-modified")))) {
      block.add(name, field.valueSlice);
    }
  }
  block.add(utf8Slice("x-cache"), verdict);
  block.add(utf8Slice("age"), age);
  return block.build();
}

function isOfNotModified(name: Slice): bool {
  return (
    equalBytes(name, utf8Slice("cache-control")) ||
    equalBytes(name, utf8Slice("cdn-cache-control")) ||
    equalBytes(name, utf8Slice("content-location")) ||
    equalBytes(name, utf8Slice("date")) ||
    equalBytes(name, utf8Slice("etag")) ||
    equalBytes(name, utf8Slice("expires")) ||
    equalBytes(name, utf8Slice("vary"))
  );
}
