import { CacheControl } from "as-proxy-wasm";
import { Entry, Flag } from "./entry";
import { RequestHead } from "./request-head";

/** What may be done with a response that is kept, for a request that it fits. */
export enum Reuse {
  /** It is the answer. */
  Fresh,
  /** It is the answer although it is stale, for the client says so. */
  Stale,
  /** It is the answer although it is stale, and the origin is asked meanwhile. */
  StaleMeanwhile,
  /** The origin is asked about it first. */
  Ask,
  /** It is not for this request. */
  Unfit,
}

/** Decides that for a response that is so old, in seconds. (RFC 9111, 4.2.4 and 5.2.1; RFC 5861, 3) */
export function reuseOf(entry: Entry, head: RequestHead, age: i64): Reuse {
  // A guess is made for those only who are nobody in particular.
  if (head.isPersonal && entry.has(Flag.Guessed)) return Reuse.Unfit;
  if (entry.has(Flag.AlwaysAsk) || head.noCache) return Reuse.Ask;
  const control = head.control;
  const stale = age - entry.lifetime;
  if (control !== null && control.maxAge >= 0 && age > control.maxAge) {
    // Who takes what is stale takes also what is older than wanted by so much.
    if (control.maxStale < 0 || age - control.maxAge > control.maxStale) return Reuse.Ask;
  }
  const wanted = control === null ? 0 : max(<i64>0, control.minFresh);
  if (stale < 0 && stale + wanted <= 0) return Reuse.Fresh;
  if (stale < 0 || entry.has(Flag.NeverStale)) return Reuse.Ask;
  if (wanted == 0 && stale < entry.staleWhileRevalidate) return Reuse.StaleMeanwhile;
  if (entry.has(Flag.NotStaleByRequest) || wanted != 0) return Reuse.Ask;
  return takesStale(control, stale) ? Reuse.Stale : Reuse.Ask;
}

/** Whether a response that is so old stands in for one that failed. (RFC 5861, 4) */
export function mayReplaceError(entry: Entry, control: CacheControl | null, age: i64): bool {
  if (entry.has(Flag.NeverStale) || entry.has(Flag.AlwaysAsk)) return false;
  const stale = age - entry.lifetime;
  if (stale < entry.staleIfError) return true;
  return (
    control !== null &&
    control.staleIfError > 0 &&
    !entry.has(Flag.NotStaleByRequest) &&
    stale < control.staleIfError
  );
}

function takesStale(control: CacheControl | null, stale: i64): bool {
  return control !== null && control.maxStale >= 0 && stale <= control.maxStale;
}
