import { Bucket, Limit } from "../../../../plugins/rate-limit/bucket";
import { BucketSet, ENTRY_SIZE, MOST_WAYS, Outcome } from "../../../../plugins/rate-limit/bucket-set";

const SECOND: u64 = 1000000000;

/** Sets as shared data has them, of which a key's digest chooses one. */
class Table {
  readonly values: Map<u64, Uint8Array> = new Map();
  readonly set: BucketSet = new BucketSet();
  evicted: i32 = 0;

  constructor(readonly sets: u64) {}

  take(key: u64, limit: Limit, now: u64): Outcome {
    const digest = mixed(key);
    const index = digest % this.sets;
    this.set.load(this.values.has(index) ? this.values.get(index) : null);
    const outcome = this.set.take(digest, key, limit, now, MOST_WAYS);
    if (this.set.evicted) this.evicted += 1;
    if (this.set.changed) this.values.set(index, this.set.value());
    return outcome;
  }
}

/** What the buckets should be: one for each key, for ever. */
class Model {
  private readonly buckets: Map<u64, Bucket> = new Map();

  take(key: u64, limit: Limit, now: u64): bool {
    let bucket = new Bucket();
    if (this.buckets.has(key)) bucket = this.buckets.get(key);
    else this.buckets.set(key, bucket);
    bucket.advance(limit.interval, limit.tickBits, now);
    return bucket.take(limit.burst);
  }
}

/** splitmix64 */
function mixed(value: u64): u64 {
  let bits = value * 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

describe("a set of buckets", () => {
  it("keeps keys apart, be it that their digests differ in one half only", () => {
    const set = new BucketSet();
    const limit = new Limit(1, 1);
    set.load(null);
    expect<Outcome>(set.take(1, 1, limit, SECOND, MOST_WAYS)).toBe(Outcome.Admitted);
    expect<Outcome>(set.take(1, 1, limit, SECOND, MOST_WAYS)).toBe(Outcome.Refused);
    expect<Outcome>(set.take(1, 2, limit, SECOND, MOST_WAYS)).toBe(Outcome.Admitted);
    expect<Outcome>(set.take(2, 1, limit, SECOND, MOST_WAYS)).toBe(Outcome.Admitted);
    expect<i32>(set.value().length).toBe(3 * ENTRY_SIZE);
  });

  it("gives the places of full buckets to others", () => {
    const set = new BucketSet();
    const limit = new Limit(1, 1);
    set.load(null);
    for (let round: u64 = 1; round < 100; round++) {
      for (let key: u64 = 0; key < 16; key++) {
        expect<Outcome>(set.take(round, key, limit, round * SECOND, MOST_WAYS)).toBe(Outcome.Admitted);
      }
      expect<bool>(set.evicted).toBe(false);
    }
    expect<i32>(set.value().length).toBe(MOST_WAYS * ENTRY_SIZE);
  });

  it("drops the bucket nearest to full first, and an empty one never", () => {
    const set = new BucketSet();
    const limit = new Limit(0.001, 4);
    set.load(null);
    // Key 0 takes all, 1 takes three, 2 two, 3 one.
    for (let key: u64 = 0; key < 4; key++) {
      for (let i: u64 = key; i < 4; i++) set.take(key, 0, limit, SECOND, 4);
    }
    set.take(10, 0, limit, SECOND, 4);
    expect<bool>(set.evicted).toBe(true);
    expect<u32>(lastMissing(set, 3, limit)).toBe(1);
    expect<u32>(lastMissing(set, 1, limit)).toBe(4);
    expect<Outcome>(set.take(0, 0, limit, SECOND, 4)).toBe(Outcome.Refused);
  });

  it("lets a key in uncounted where all buckets are empty ones of others", () => {
    const set = new BucketSet();
    const limit = new Limit(0.001, 1);
    set.load(null);
    for (let key: u64 = 0; key < 4; key++) set.take(key, 0, limit, SECOND, 4);
    for (let i = 0; i < 3; i++) {
      expect<Outcome>(set.take(9, 0, limit, SECOND, 4)).toBe(Outcome.Untracked);
    }
    for (let key: u64 = 0; key < 4; key++) {
      expect<Outcome>(set.take(key, 0, limit, SECOND, 4)).toBe(Outcome.Refused);
    }
  });

  it("takes a value that is none for no entries", () => {
    const set = new BucketSet();
    const limit = new Limit(1, 1);
    const sizes: i32[] = [0, 1, ENTRY_SIZE - 1, ENTRY_SIZE + 1, (MOST_WAYS + 1) * ENTRY_SIZE];
    for (let i = 0; i < sizes.length; i++) {
      set.load(new Uint8Array(sizes[i]));
      expect<i32>(set.value().length).toBe(0);
    }
    // Entries full of zeros or ones are no reason to trap.
    const rubbish = new Uint8Array(MOST_WAYS * ENTRY_SIZE);
    set.load(rubbish);
    expect<Outcome>(set.take(1, 1, limit, SECOND, MOST_WAYS)).toBe(Outcome.Admitted);
    rubbish.fill(0xff);
    set.load(rubbish);
    set.take(1, 1, limit, SECOND, MOST_WAYS);
    set.load(rubbish);
    set.take(u64.MAX_VALUE, u64.MAX_VALUE, limit, SECOND, MOST_WAYS);
  });

  it("dates buckets back when the clock is set back, those that nobody asks for too", () => {
    const set = new BucketSet();
    const limit = new Limit(1, 1);
    const noon = 1000000 * SECOND;
    set.load(null);
    for (let key: u64 = 0; key < 4; key++) set.take(key, 0, limit, noon, 4);
    const earlier = noon - 3600 * SECOND;
    expect<Outcome>(set.take(0, 0, limit, earlier, 4)).toBe(Outcome.Refused);
    expect<bool>(set.changed).toBe(true);
    // After the time that they take to fill they are full, and make room.
    for (let key: u64 = 10; key < 14; key++) {
      expect<Outcome>(set.take(key, 0, limit, earlier + SECOND, 4)).toBe(Outcome.Admitted);
    }
  });
});

describe("sets of buckets", () => {
  it("do what a bucket for each key for ever would do, while there is room", () => {
    const table = new Table(64);
    const model = new Model();
    const limit = new Limit(0.5, 5);
    let now = SECOND;
    let wrong = 0;
    for (let i: u64 = 0; i < 20000; i++) {
      now += mixed(i) % (SECOND / 25);
      const key = mixed(i + 1000000) % 500;
      const admitted = table.take(key, limit, now) == Outcome.Admitted;
      if (admitted != model.take(key, limit, now)) wrong += 1;
    }
    expect<i32>(wrong).toBe(0);
    expect<i32>(table.evicted).toBe(0);
  });

  it("refuse the exhausted and let the innocent in while a flood of keys goes by, in the same memory", () => {
    const table = new Table(64);
    const limit = new Limit(0.0001, 4);
    const now = SECOND;
    const exhausted: u64 = 100;
    for (let key: u64 = 0; key < exhausted; key++) {
      for (let i = 0; i < 4; i++) expect<Outcome>(table.take(key, limit, now)).toBe(Outcome.Admitted);
      expect<Outcome>(table.take(key, limit, now)).toBe(Outcome.Refused);
    }
    let reset = 0;
    let denied = 0;
    for (let i: u64 = 0; i < 20000; i++) {
      // Others, most with one request, some with as many as they get.
      const stranger = 1000000 + (i % 7 == 0 ? mixed(i) % 1000 : i);
      const isFirst = i % 7 != 0;
      if (table.take(stranger, limit, now) == Outcome.Refused && isFirst) denied += 1;
      if (table.take(i % exhausted, limit, now) != Outcome.Refused) reset += 1;
    }
    expect<i32>(reset).toBe(0);
    expect<i32>(denied).toBe(0);
    expect<i32>(table.values.size).toBe(64);
  });
});

/** How many tokens a key's bucket lacks after one more was taken, or asked for in vain. */
function lastMissing(set: BucketSet, low: u64, limit: Limit): u32 {
  set.take(low, 0, limit, SECOND, 4);
  return set.bucket.missing;
}
