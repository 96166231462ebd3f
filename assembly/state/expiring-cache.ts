import { equalBytes, sliceOf } from "../runtime/slice";

/** How many places a value can have. */
const WAYS: u32 = 4;

/** A value, and until when it is good. */
@final
class Kept<T> {
  constructor(
    readonly digest: Uint8Array,
    readonly value: T,
    readonly until: u64,
  ) {}
}

/**
 * Values that are good for a while, such as what a service said: at most as many as the cache is made for, in the memory
 * of this VM. They are found by a digest of all that they depend on, 4 bytes or more that nobody can make up at will
 * (`sha256`).
 *
 * A digest has four places; a new value takes one that is free or out of date or, without such, that of the value which
 * would be out of date first. So what strangers ask for can put out what others asked for, and grow nothing.
 */
@final
export class ExpiringCache<T> {
  private places: StaticArray<Kept<T> | null> = [];
  private sets: u32 = 0;

  /** `lifetime` is how long a value is good, in the unit of the times that are given with it. With room for 0 it keeps nothing. */
  constructor(
    capacity: u32,
    private readonly lifetime: u64,
  ) {
    // With fewer places than ways there is one set, of all of them.
    this.sets = max(capacity / WAYS, capacity == 0 ? 0 : 1);
    this.places = new StaticArray<Kept<T> | null>(<i32>(capacity < WAYS ? capacity : this.sets * WAYS));
  }

  /** The value that was kept for a digest; null where there is none, or none any more. */
  find(digest: Uint8Array, now: u64): T | null {
    const first = this.firstPlace(digest);
    for (let i = first; i < this.endOf(first); i++) {
      const kept = unchecked(this.places[i]);
      if (kept !== null && now < kept.until && equalBytes(sliceOf(kept.digest), sliceOf(digest)))
        return kept.value;
    }
    return null;
  }

  /** Keeps a value, in the place of one that was kept for the same digest. */
  keep(digest: Uint8Array, value: T, now: u64): void {
    if (this.places.length == 0) return;
    const first = this.firstPlace(digest);
    let place = first;
    let earliest = u64.MAX_VALUE;
    for (let i = first; i < this.endOf(first); i++) {
      const kept = unchecked(this.places[i]);
      if (kept !== null && equalBytes(sliceOf(kept.digest), sliceOf(digest))) {
        place = i;
        break;
      }
      const until = kept === null || now >= kept.until ? 0 : kept.until;
      if (until < earliest) {
        earliest = until;
        place = i;
      }
    }
    unchecked((this.places[place] = new Kept<T>(digest, value, now + this.lifetime)));
  }

  private firstPlace(digest: Uint8Array): i32 {
    if (this.sets == 0 || digest.length < 4) return 0;
    return <i32>((load<u32>(digest.dataStart) % this.sets) * WAYS);
  }

  private endOf(first: i32): i32 {
    return min(first + <i32>WAYS, this.places.length);
  }
}
