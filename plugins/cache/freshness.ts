import { MOST_SECONDS, NO_DATE } from "as-proxy-wasm";
import { ResponseHead } from "./response-head";

const SECONDS_PER_DAY: i64 = 86400;

/** A response that says nothing of how long it is fresh. */
export const UNSAID: i64 = -1;

/**
 * How long a response says that it is fresh in a shared cache, in seconds; `UNSAID` where it says nothing.
 * (RFC 9111, 4.2.1) `responseTime` stands for a date that is missing.
 */
export function explicitLifetime(head: ResponseHead, responseTime: i64): i64 {
  const control = head.control;
  if (control.sharedMaxAge >= 0) return control.sharedMaxAge;
  if (control.maxAge >= 0) return control.maxAge;
  if (!head.hasExpires) return UNSAID;
  if (head.expires == NO_DATE) return 0;
  const date = head.date == NO_DATE ? responseTime : head.date;
  return max(<i64>0, min(head.expires - date, MOST_SECONDS));
}

/**
 * For how long a response is taken to be fresh that does not say: with a status of 200 for `ttl`, others whose status
 * allows for a tenth of the time since they were changed last, at most a day. A 200 that was changed not long ago is
 * not fresh for `ttl` either, but for that tenth. `UNSAID` where nothing may be taken for granted. (RFC 9111, 4.2.2)
 */
export function heuristicLifetime(head: ResponseHead, responseTime: i64, ttl: i64): i64 {
  const isOk = head.status == 200;
  if (!isOk && !isHeuristicallyCacheable(head.status) && !head.control.isPublic) return UNSAID;
  const date = head.date == NO_DATE ? responseTime : head.date;
  if (head.lastModified == NO_DATE) return isOk && ttl != 0 ? ttl : UNSAID;
  const tenth = max(<i64>0, date - head.lastModified) / 10;
  if (isOk) return ttl == 0 ? UNSAID : min(tenth, ttl);
  return min(tenth, SECONDS_PER_DAY);
}

/** The age that a response has when it comes, in seconds. (RFC 9111, 4.2.3) Times are in milliseconds since 1970. */
export function initialAge(head: ResponseHead, requestTime: i64, responseTime: i64): i64 {
  const apparent = head.date == NO_DATE ? 0 : max(<i64>0, responseTime / 1000 - head.date);
  const delay = max(<i64>0, responseTime - requestTime) / 1000;
  return min(max(apparent, head.age + delay), MOST_SECONDS);
}

/** The age of a response that was kept, in seconds. A clock that was set back makes nothing younger. */
export function currentAge(initialAge: i64, responseTime: i64, now: i64): i64 {
  return min(initialAge + max(<i64>0, now - responseTime) / 1000, MOST_SECONDS);
}

/** Statuses whose responses may be kept without being told so. (RFC 9110, 15.1) */
export function isHeuristicallyCacheable(status: i32): bool {
  switch (status) {
    case 200:
    case 203:
    case 204:
    case 300:
    case 301:
    case 308:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501:
      return true;
    default:
      return false;
  }
}
