import { Bucket, CLOCK_TOLERANCE, Limit } from "./bucket";

/** The most buckets in a set. */
export const MOST_WAYS: i32 = 16;

/**
 * An entry is the digest of its key, the bucket and the limit that it fills by, so that anybody can tell whether it is
 * full again, whoever it belongs to:
 *
 *     0  digest, 16 bytes      24  progress, 8      40  missing, 4
 *    16  moment, 8             32  interval, 7      44  burst, 4
 *                              39  tick bits, 1
 */
export const ENTRY_SIZE: i32 = 48;
const DIGEST_HIGH: usize = 8;
const MOMENT: usize = 16;
const PROGRESS: usize = 24;
const INTERVAL: usize = 32;
const MISSING: usize = 40;
const BURST: usize = 44;
const INTERVAL_BITS: u64 = 56;
const INTERVAL_MASK: u64 = (1 << INTERVAL_BITS) - 1;

/** What came of asking for a token. */
export enum Outcome {
  /** There was one. */
  Admitted,
  /** There was none. */
  Refused,
  /** All buckets of the set are empty ones of others: the key has none, and is not limited. */
  Untracked,
}

/**
 * The buckets of some keys, as one value of shared data has them: what happens to one of them happens in one exchange of
 * that value.
 *
 * A full bucket is as good as none, so its place is free. Where no place is, the bucket nearest to full makes room, but
 * never an empty one, whose key would be let in again. So a key can lose the little that it used; nobody is refused for
 * what others did, and nobody who is refused gets in sooner for it.
 */
@final
export class BucketSet {
  /** The bucket that was asked last. For an untracked key it is a full one. */
  readonly bucket: Bucket = new Bucket();
  /** Whether the entries are others than those that were loaded. */
  changed: bool = false;
  /** Whether a bucket with tokens missing had to make room. */
  evicted: bool = false;
  private readonly buffer: Uint8Array = new Uint8Array(MOST_WAYS * ENTRY_SIZE);
  private readonly other: Bucket = new Bucket();
  private count: i32 = 0;

  /** Begins with the entries of a value. What has not the form of one is no entries. */
  load(value: Uint8Array | null): void {
    this.changed = false;
    this.evicted = false;
    this.count = 0;
    if (value === null || value.length > this.buffer.length || value.length % ENTRY_SIZE != 0) return;
    this.count = value.length / ENTRY_SIZE;
    memory.copy(this.buffer.dataStart, value.dataStart, value.length);
  }

  /** The entries as a value of shared data. */
  value(): Uint8Array {
    return this.buffer.slice(0, this.count * ENTRY_SIZE);
  }

  /** Takes a token from the bucket of a key, by the key's digest. There are at most `ways` entries, or as many as were loaded. */
  take(low: u64, high: u64, limit: Limit, now: u64, ways: i32): Outcome {
    this.followClock(now);
    const own = this.find(low, high);
    const bucket = this.bucket;
    if (own != 0) {
      read(bucket, own);
      bucket.advance(limit.interval, limit.tickBits, now);
      if (!bucket.take(limit.burst)) return Outcome.Refused;
    } else {
      bucket.missing = 0;
      bucket.progress = 0;
      bucket.at = now;
    }
    const place = own != 0 ? own : this.place(now, ways);
    if (place == 0) return Outcome.Untracked;
    if (own == 0) bucket.take(limit.burst);
    store<u64>(place, low);
    store<u64>(place, high, DIGEST_HIGH);
    store<u64>(place, bucket.at, MOMENT);
    store<u64>(place, bucket.progress, PROGRESS);
    store<u64>(place, limit.interval | ((<u64>limit.tickBits) << INTERVAL_BITS), INTERVAL);
    store<u32>(place, bucket.missing, MISSING);
    store<u32>(place, limit.burst, BURST);
    this.changed = true;
    return Outcome.Admitted;
  }

  /** Dates buckets back that are of a time to come: the clock was set back, and they would not fill until then. */
  private followClock(now: u64): void {
    for (let i = 0; i < this.count; i++) {
      const entry = this.entry(i);
      const moment = load<u64>(entry, MOMENT);
      if (moment <= now || moment - now <= CLOCK_TOLERANCE) continue;
      store<u64>(entry, now, MOMENT);
      this.changed = true;
    }
  }

  private find(low: u64, high: u64): usize {
    for (let i = 0; i < this.count; i++) {
      const entry = this.entry(i);
      if (load<u64>(entry) == low && load<u64>(entry, DIGEST_HIGH) == high) return entry;
    }
    return 0;
  }

  /** Where a new entry can be; 0 where all buckets are empty. */
  private place(now: u64, ways: i32): usize {
    let best: usize = 0;
    let leastGone: f64 = Infinity;
    for (let i = 0; i < this.count; i++) {
      const entry = this.entry(i);
      const gone = this.goneFrom(entry, now);
      if (gone == 0) return entry;
      if (gone >= leastGone) continue;
      leastGone = gone;
      best = entry;
    }
    if (this.count < ways) return this.entry(this.count++);
    this.evicted = best != 0;
    return best;
  }

  /** Which part of a bucket is gone, from 0 for a full one to 1; infinite for an empty one. */
  private goneFrom(entry: usize, now: u64): f64 {
    const packed = load<u64>(entry, INTERVAL);
    const interval = packed & INTERVAL_MASK;
    const burst = load<u32>(entry, BURST);
    if (interval == 0 || burst == 0) return 0;
    const bucket = this.other;
    read(bucket, entry);
    bucket.advance(interval, <u32>(packed >> INTERVAL_BITS), now);
    if (bucket.missing >= burst) return Infinity;
    return (<f64>bucket.missing - <f64>bucket.progress / <f64>interval) / <f64>burst;
  }

  private entry(index: i32): usize {
    return this.buffer.dataStart + <usize>(index * ENTRY_SIZE);
  }
}

function read(bucket: Bucket, entry: usize): void {
  bucket.at = load<u64>(entry, MOMENT);
  bucket.progress = load<u64>(entry, PROGRESS);
  bucket.missing = load<u32>(entry, MISSING);
}
