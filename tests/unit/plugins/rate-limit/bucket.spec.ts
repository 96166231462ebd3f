import { Bucket, HIGHEST_RATE, LEAST_RATE, Limit, wholeSeconds } from "../../../../plugins/rate-limit/bucket";

const SECOND: u64 = 1000000000;

/** Asks a bucket at a moment. */
function take(bucket: Bucket, limit: Limit, now: u64): bool {
  bucket.advance(limit.interval, limit.tickBits, now);
  return bucket.take(limit.burst);
}

/** How many of the requests get in that come every `step` nanoseconds for a time. */
function admitted(rate: f64, burst: u32, begin: u64, duration: u64, step: u64): u64 {
  const limit = new Limit(rate, burst);
  const bucket = new Bucket();
  bucket.at = begin;
  let count: u64 = 0;
  for (let time: u64 = 0; time <= duration; time += step) count += u64(take(bucket, limit, begin + time));
  return count;
}

describe("a bucket", () => {
  it("lets a burst in, and then as many as the rate says", () => {
    const limit = new Limit(2, 3);
    const bucket = new Bucket();
    for (let i = 0; i < 3; i++) expect<bool>(take(bucket, limit, SECOND)).toBe(true);
    expect<bool>(take(bucket, limit, SECOND)).toBe(false);
    expect<bool>(take(bucket, limit, SECOND + SECOND / 2 - 1)).toBe(false);
    expect<bool>(take(bucket, limit, SECOND + SECOND / 2)).toBe(true);
    expect<bool>(take(bucket, limit, SECOND + SECOND / 2)).toBe(false);
    expect<bool>(take(bucket, limit, 2 * SECOND)).toBe(true);
  });

  it("never holds more than the burst", () => {
    const limit = new Limit(1000, 5);
    const bucket = new Bucket();
    take(bucket, limit, SECOND);
    let count = 0;
    for (let i = 0; i < 20; i++) count += i32(take(bucket, limit, 1000000 * SECOND));
    expect<i32>(count).toBe(5);
  });

  it("meets rates that are no whole numbers, and does not drift", () => {
    // Over an hour, at many times the rate.
    expect<u64>(admitted(0.5, 1, SECOND, 3600 * SECOND, SECOND / 10)).toBe(1 + 1800);
    expect<u64>(admitted(2.5, 2, SECOND, 3600 * SECOND, SECOND / 100)).toBe(2 + 9000);
    // A third of a second is no whole number of nanoseconds: after an hour it is out by less than one token.
    const thirds = admitted(3, 2, SECOND, 3600 * SECOND, SECOND / 100);
    expect<bool>(thirds == 10802 || thirds == 10801).toBe(true, thirds.toString());
    const sevenths = admitted(7.1, 10, SECOND, 3600 * SECOND, SECOND / 100);
    expect<bool>(sevenths == 25570 || sevenths == 25569).toBe(true, sevenths.toString());
  });

  it("meets rates of many requests a microsecond", () => {
    const count = admitted(7000000, 3, SECOND, SECOND / 100, 20);
    expect<bool>(count == 70003 || count == 70002).toBe(true, count.toString());
  });

  it("takes the least and the highest rate, and times of the far future", () => {
    const slow = new Limit(LEAST_RATE, 1);
    const bucket = new Bucket();
    expect<bool>(take(bucket, slow, SECOND)).toBe(true);
    expect<bool>(take(bucket, slow, 1000000 * SECOND)).toBe(false);
    expect<bool>(take(bucket, slow, 1000001 * SECOND)).toBe(true);
    const fast = new Limit(HIGHEST_RATE, <u32>HIGHEST_RATE);
    const other = new Bucket();
    other.missing = fast.burst;
    expect<bool>(take(other, fast, 0)).toBe(false);
    expect<bool>(take(other, fast, 1)).toBe(true);
    expect<bool>(take(other, fast, 1)).toBe(false);
    expect<bool>(take(other, fast, u64.MAX_VALUE)).toBe(true);
    expect<u32>(other.missing).toBe(1);
  });

  it("tells when it has a token again and when it is full, rounded up and never beyond 64 bits", () => {
    const limit = new Limit(2, 4);
    const bucket = new Bucket();
    expect<u64>(bucket.untilToken(limit)).toBe(0);
    expect<u64>(bucket.untilFull(limit)).toBe(0);
    for (let i = 0; i < 4; i++) take(bucket, limit, SECOND);
    take(bucket, limit, SECOND + 1);
    expect<u64>(bucket.untilToken(limit)).toBe(SECOND / 2 - 1);
    expect<u64>(bucket.untilFull(limit)).toBe(2 * SECOND - 1);
    const slow = new Limit(LEAST_RATE, <u32>HIGHEST_RATE);
    bucket.missing = slow.burst;
    bucket.progress = 0;
    expect<bool>(bucket.untilFull(slow) > 0).toBe(true);
    expect<u64>(wholeSeconds(0)).toBe(0);
    expect<u64>(wholeSeconds(1)).toBe(1);
    expect<u64>(wholeSeconds(SECOND)).toBe(1);
    expect<u64>(wholeSeconds(SECOND + 1)).toBe(2);
    expect<u64>(wholeSeconds(u64.MAX_VALUE)).toBe(18446744074);
  });

  it("neither fills nor empties when the clock is set back, and goes on from there", () => {
    const limit = new Limit(1, 2);
    const bucket = new Bucket();
    const noon = 1000000 * SECOND;
    take(bucket, limit, noon);
    take(bucket, limit, noon);
    // An hour back.
    const earlier = noon - 3600 * SECOND;
    expect<bool>(take(bucket, limit, earlier)).toBe(false);
    expect<bool>(take(bucket, limit, earlier + SECOND - 1)).toBe(false);
    expect<bool>(take(bucket, limit, earlier + SECOND)).toBe(true);
    expect<bool>(take(bucket, limit, earlier + SECOND)).toBe(false);
  });

  it("does not fill twice for the same time when workers read the clock in another order", () => {
    const limit = new Limit(10, 1);
    const bucket = new Bucket();
    let count = 0;
    // One worker is always 50 ms behind the other.
    for (let time = SECOND; time <= 11 * SECOND; time += SECOND / 100) {
      count += i32(take(bucket, limit, time));
      count += i32(take(bucket, limit, time - SECOND / 20));
    }
    expect<i32>(count).toBe(101);
  });
});
