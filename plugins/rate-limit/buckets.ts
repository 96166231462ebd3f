import { Headers, KeyedDigest, decimal, monotonicNow, now, sharedData } from "as-proxy-wasm";
import { Bucket } from "./bucket";
import { BucketSet, MOST_WAYS, Outcome } from "./bucket-set";
import { RateRule } from "./rules";

/** Begins what the plugin keeps in shared data, after the plugin's name. Another layout has another number. */
const LAYOUT: string = ".1.";

/** How often a change is tried again when other workers come in between. Each failure is another's success. */
const MOST_TRIES: i32 = 64;

/**
 * The buckets of all workers, in shared data: sets of them, each in a value of its own, and a key's digest says which set
 * the key's bucket is in. There is a fixed number of sets, so that no number of keys takes more memory.
 */
@final
export class Buckets {
  /** What became of the bucket that was asked last. */
  readonly set: BucketSet = new BucketSet();
  private readonly prefix: string;
  private readonly sets: u64;
  private readonly ways: i32;
  /** Made with the first request: a configuration that is tried out or refused leaves nothing behind. */
  private digest: KeyedDigest | null = null;

  /** `pluginName` tells the plugin's keys from those of others; `maxKeys` is how many keys can have a bucket. */
  constructor(pluginName: string, maxKeys: u32) {
    this.prefix = pluginName + LAYOUT;
    this.sets = (maxKeys + MOST_WAYS - 1) / MOST_WAYS;
    this.ways = <i32>((maxKeys + this.sets - 1) / this.sets);
  }

  /** The bucket that was asked last, as it then was. */
  get bucket(): Bucket {
    return this.set.bucket;
  }

  /** Takes a token for a request; false when other workers were faster each time, and nothing is known. */
  take(rule: RateRule, request: Headers): bool {
    const digest = this.keyOf(rule, request);
    const name = this.prefix + decimal(digest.low % this.sets);
    const time = clock();
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = sharedData.read(name);
      this.set.load(before === null ? null : before.bytes);
      this.outcome = this.set.take(digest.low, digest.high, rule.limit, time, this.ways);
      if (!this.set.changed || sharedData.setIf(name, this.set.value(), before)) return true;
    }
    return false;
  }

  /** What came of it. */
  outcome: Outcome = Outcome.Untracked;

  private keyOf(rule: RateRule, request: Headers): KeyedDigest {
    let digest = this.digest;
    if (digest === null) {
      digest = new KeyedDigest(this.prefix + "secret");
      this.digest = digest;
    }
    rule.makeKey(digest, request);
    return digest;
  }
}

/** The time in nanoseconds by a clock that nobody sets, where the host has one; otherwise since 1970. */
function clock(): u64 {
  const time = monotonicNow();
  return time != 0 ? time : now();
}
