import { NO_DATE, NO_HEADER } from "as-proxy-wasm";
import { UNSAID, explicitLifetime, heuristicLifetime, isHeuristicallyCacheable } from "./freshness";
import { ResponseHead } from "./response-head";

/** A response that must not be kept, or that is not worth it. */
export const NOT_KEPT: i64 = -1;

/**
 * For how long a response to a GET is fresh, in seconds, 0 for one that has to be asked about each time; `NOT_KEPT` for
 * one that is not kept in a shared cache at all. (RFC 9111, 3 and 3.5) `ttl` is what counts where nothing is said, and
 * `now` in seconds since 1970.
 *
 * Beyond what must be: one that sets cookies is never kept, nor is one to a request with credentials or cookies whose
 * lifetime would be a guess.
 */
export function lifetimeToKeep(
  head: ResponseHead,
  hasAuthorization: bool,
  isPersonal: bool,
  ttl: i64,
  now: i64,
): i64 {
  const control = head.control;
  if (!isFinal(head.status)) return NOT_KEPT;
  if (control.mustUnderstand) {
    if (!isUnderstood(head.status)) return NOT_KEPT;
  } else if (control.noStore) {
    return NOT_KEPT;
  }
  if (control.isPrivate || head.variesByAll || head.setsCookie) return NOT_KEPT;
  if (hasAuthorization && !isShared(head)) return NOT_KEPT;
  let lifetime = explicitLifetime(head, now);
  if (lifetime == UNSAID && !isPersonal) lifetime = heuristicLifetime(head, now, ttl);
  const hasValidator = head.etag != NO_HEADER || head.lastModified != NO_DATE;
  if (lifetime == UNSAID) {
    // Nothing allows to keep other statuses. (RFC 9111, 3)
    const mayBeKept = control.isPublic || isHeuristicallyCacheable(head.status);
    return control.noCache && mayBeKept && hasValidator && !isPersonal ? 0 : NOT_KEPT;
  }
  if (control.noCache) lifetime = 0;
  const isOfUse =
    lifetime != 0 || hasValidator || control.staleWhileRevalidate > 0 || control.staleIfError > 0;
  return isOfUse ? lifetime : NOT_KEPT;
}

/** Whether the lifetime of a response is a guess: it says nothing of it. */
export function isGuessed(head: ResponseHead, now: i64): bool {
  return explicitLifetime(head, now) == UNSAID;
}

/** Parts, and answers to conditions, are not kept by themselves; what is below 200 is no answer. */
function isFinal(status: i32): bool {
  return status >= 200 && status <= 599 && status != 206 && status != 304;
}

/** Whether it may be given to others although it was made for somebody with credentials. (RFC 9111, 3.5) */
function isShared(head: ResponseHead): bool {
  const control = head.control;
  return control.isPublic || control.sharedMaxAge >= 0 || control.mustRevalidate;
}

/** Statuses whose meaning for a cache is known here. (RFC 9111, 3 and 5.2.2.3) */
function isUnderstood(status: i32): bool {
  switch (status) {
    case 200:
    case 203:
    case 204:
    case 300:
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
    case 400:
    case 403:
    case 404:
    case 405:
    case 410:
    case 414:
    case 500:
    case 501:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}
