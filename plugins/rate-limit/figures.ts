import { Bucket, Limit, wholeSeconds } from "./bucket";
import { RateLimitResponse } from "./rate-limit-messages";

/** What a refused client is told of the limit; what is negative is not known, and not told. */
@final
export class LimitFigures {
  limit: i64 = -1;
  remaining: i64 = -1;
  /** In how many whole seconds the limit is as new. */
  reset: i64 = -1;
  /** In how many whole seconds a request may get in again; at least 1 is told. */
  retryAfter: i64 = 1;

  /** Of an empty bucket: the limit is how much it holds, and it is as new when it is full. */
  static of(bucket: Bucket, limit: Limit): LimitFigures {
    const figures = new LimitFigures();
    figures.limit = limit.burst;
    figures.remaining = limit.burst - bucket.missing;
    figures.reset = <i64>wholeSeconds(bucket.untilFull(limit));
    figures.retryAfter = <i64>wholeSeconds(bucket.untilToken(limit));
    return figures;
  }

  /** Of a service's answer. */
  static from(answer: RateLimitResponse): LimitFigures {
    const figures = new LimitFigures();
    figures.limit = answer.limit;
    figures.remaining = answer.remaining;
    figures.reset = answer.resetSeconds;
    figures.retryAfter = answer.resetSeconds;
    return figures;
  }
}
