import {
  FieldBlock,
  NO_DATE,
  NO_HEADER,
  Slice,
  equalBytes,
  equalNames,
  httpDate,
  utf8Slice,
} from "as-proxy-wasm";
import { Entry, EntryDraft, Flag } from "./entry";
import { initialAge } from "./freshness";
import { ResponseHead } from "./response-head";
import { isGuessed } from "./storability";

/** For how long something is kept that is stale and can be asked about, in seconds. */
const ASKABLE: i64 = 86400;

/** And what can only be given to those who take what is stale. */
const OLD: i64 = 10;

/** Fields of a response for an entry: those that are kept, a date, and the two that each answer fills. */
export function fieldsToKeep(head: ResponseHead, block: Slice, now: i64): Slice {
  const field = FieldBlock.cursor(block);
  const fields = new FieldBlock(<i32>field.remaining + 3);
  while (field.next()) {
    const name = field.nameSlice;
    if (head.isDropped(name) || (head.date == NO_DATE && equalBytes(name, utf8Slice("date")))) continue;
    fields.add(name, field.valueSlice);
  }
  // Who keeps it has to say when it came. (RFC 9110, 6.6.1)
  if (head.date == NO_DATE) fields.add(utf8Slice("date"), utf8Slice(httpDate(now / 1000)));
  fields.add(utf8Slice("x-cache"), 0);
  fields.add(utf8Slice("age"), 0);
  return fields.build();
}

/**
 * The fields of an entry as a 304 changes them: what that has takes the place of what there was, but for what is about
 * the bytes of the body. A date that was kept is the older response's, whatever comes. (RFC 9111, 3.2)
 */
export function mergedFields(entry: Entry, update: Slice, updateHead: ResponseHead): Slice {
  const stored = entry.cursor();
  const merged = new FieldBlock(<i32>(stored.remaining + FieldBlock.cursor(update).remaining));
  while (stored.next()) {
    if (isAnswersOwn(stored.nameSlice) || isUpdated(stored.nameSlice, update, updateHead)) continue;
    merged.add(stored.nameSlice, stored.valueSlice);
  }
  const field = FieldBlock.cursor(update);
  while (field.next()) {
    if (isOfBytes(field.nameSlice) || updateHead.isDropped(field.nameSlice)) continue;
    merged.add(field.nameSlice, field.valueSlice);
  }
  return merged.build();
}

/** What an entry says of a response beside its fields and its body. Times are in milliseconds since 1970. */
export function draftOf(head: ResponseHead, lifetime: i64, requestTime: i64, now: i64): EntryDraft {
  const control = head.control;
  const draft = new EntryDraft();
  draft.status = head.status;
  draft.responseTime = now;
  draft.initialAge = initialAge(head, requestTime, now);
  draft.lifetime = lifetime;
  draft.staleWhileRevalidate = max(<i64>0, control.staleWhileRevalidate);
  draft.staleIfError = max(<i64>0, control.staleIfError);
  if (control.mustRevalidate || control.proxyRevalidate) draft.flags |= Flag.NeverStale;
  if (control.sharedMaxAge >= 0) draft.flags |= Flag.NotStaleByRequest;
  if (control.noCache) draft.flags |= Flag.AlwaysAsk;
  if (isGuessed(head, now / 1000)) draft.flags |= Flag.Guessed;
  if (!head.hasType) draft.flags |= Flag.Untyped;
  return draft;
}

/** Until when an entry is kept, in seconds since 1970: as long as it may be of use. */
export function keptUntil(draft: EntryDraft, head: ResponseHead, now: i64): i64 {
  const hasValidator = head.etag != NO_HEADER || head.lastModified != NO_DATE;
  const stale = max(draft.staleWhileRevalidate, draft.staleIfError);
  const fresh = max(<i64>0, draft.lifetime - draft.initialAge);
  return now / 1000 + fresh + max(stale, hasValidator ? ASKABLE : OLD);
}

function isUpdated(name: Slice, update: Slice, updateHead: ResponseHead): bool {
  if (isOfBytes(name) || updateHead.isDropped(name)) return false;
  const field = FieldBlock.cursor(update);
  while (field.next()) {
    if (equalNames(field.nameSlice, name)) return true;
  }
  return false;
}

function isAnswersOwn(name: Slice): bool {
  return (
    equalBytes(name, utf8Slice("x-cache")) ||
    equalBytes(name, utf8Slice("age")) ||
    equalBytes(name, utf8Slice("date"))
  );
}

function isOfBytes(name: Slice): bool {
  return (
    equalBytes(name, utf8Slice("content-length")) ||
    equalBytes(name, utf8Slice("content-encoding")) ||
    equalBytes(name, utf8Slice("content-range"))
  );
}
