/** The least rate in requests a second: about one in twelve days. */
export const LEAST_RATE: f64 = 0.000001;
/** The highest rate, which is also the largest burst. */
export const HIGHEST_RATE: f64 = 1000000000;

/**
 * How far a clock may lie behind what another worker read before it counts as set back, in nanoseconds. Below that a
 * bucket just does not fill meanwhile; were it dated back instead, the same time would fill it twice.
 */
export const CLOCK_TOLERANCE: u64 = 1000000000;

const NANOSECONDS_PER_SECOND: u64 = 1000000000;

/** A tick is a part of a nanosecond, so small that the time between two tokens is at least this many of them. */
const LEAST_INTERVAL: f64 = 1073741824;
const MOST_TICK_BITS: u32 = 30;

/** More ticks than any bucket needs to be full: more than 2^31 tokens where a tick is less than a nanosecond. */
const TICKS_ENOUGH: u64 = 1 << 62;

/**
 * How fast a bucket fills and how much it holds, in whole numbers: after this nothing is rounded any more, and the rate
 * is met to one part in 2^31.
 */
@final
export class Limit {
  /** How many ticks a token takes. */
  readonly interval: u64;
  /** A nanosecond has 2^tickBits ticks. */
  readonly tickBits: u32;

  /** `rate` is in tokens a second, from `LEAST_RATE` to `HIGHEST_RATE`. */
  constructor(
    rate: f64,
    /** How many tokens a full bucket has; at least 1. */
    readonly burst: u32,
  ) {
    let ticks = <f64>NANOSECONDS_PER_SECOND / rate;
    let bits: u32 = 0;
    for (; ticks < LEAST_INTERVAL && bits < MOST_TICK_BITS; bits++) ticks *= 2;
    this.interval = <u64>nearest(ticks);
    this.tickBits = bits;
  }
}

/** A token bucket as it was at a moment. It is passed on and compared as plain numbers, so that workers can share it. */
@final
export class Bucket {
  /** How many tokens are gone; at most the burst. */
  missing: u32 = 0;
  /** How much of the next token has come, in ticks: less than a token takes, and 0 in a full bucket. */
  progress: u64 = 0;
  /** The moment, in nanoseconds. */
  at: u64 = 0;

  /** Lets it fill until a moment. A moment before that of the bucket fills nothing, and empties nothing. */
  advance(interval: u64, tickBits: u32, now: u64): void {
    if (now < this.at) {
      if (this.at - now > CLOCK_TOLERANCE) this.at = now;
      return;
    }
    const elapsed = now - this.at;
    this.at = now;
    if (this.missing == 0) return;
    if (elapsed >= TICKS_ENOUGH >> tickBits) return this.fill();
    const ticks = this.progress + (elapsed << tickBits);
    const tokens = ticks / interval;
    if (tokens >= this.missing) return this.fill();
    this.missing -= <u32>tokens;
    this.progress = ticks % interval;
  }

  /** Takes a token; false where there is none. */
  take(burst: u32): bool {
    if (this.missing >= burst) return false;
    this.missing += 1;
    return true;
  }

  /** How long until there is one token more, in nanoseconds, rounded up; 0 in a full bucket. */
  untilToken(limit: Limit): u64 {
    if (this.missing == 0) return 0;
    return nanoseconds(limit.interval - this.progress, limit.tickBits);
  }

  /** How long until it is full, in nanoseconds, rounded up; at most 2^63 ticks. */
  untilFull(limit: Limit): u64 {
    const missing = <u64>this.missing;
    if (missing == 0) return 0;
    const ticks = missing > <u64>i64.MAX_VALUE / limit.interval ? i64.MAX_VALUE : missing * limit.interval;
    return nanoseconds(ticks - this.progress, limit.tickBits);
  }

  private fill(): void {
    this.missing = 0;
    this.progress = 0;
  }
}

/** A time in whole seconds, rounded up. */
export function wholeSeconds(time: u64): u64 {
  return time / NANOSECONDS_PER_SECOND + u64(time % NANOSECONDS_PER_SECOND != 0);
}

function nanoseconds(ticks: u64, tickBits: u32): u64 {
  const whole = ticks >> tickBits;
  return whole + u64(whole << tickBits != ticks);
}
