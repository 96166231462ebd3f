import { Status } from "../abi/status";
import { allocateInArena } from "../runtime/arena";
import { unexpected } from "../runtime/failure";
import { Slice, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { utf8Bytes } from "../runtime/utf8";
import { NEW_KEY, NO_VALUE, findShared, foundVersion, storeShared } from "./shared-data";

/**
 * How often the count is tried again when others come in between. Each failure is another's success, and leaves another
 * version behind; one that does not is the host's refusal.
 */
const MOST_TRIES: i32 = 1000;

const COUNT_SIZE: usize = 4;

/**
 * How many series of metrics requests can bring into being, all workers and VMs together: a host never forgets one. Each
 * that was let in has a key of its own in shared data, so that it counts once however many workers meet it, and stays
 * in, after the plugin was configured anew too.
 */
@final
export class SeriesLimit {
  private readonly countKey: Uint8Array;
  private readonly seriesKey: Uint8Array;

  /** `name` begins the keys in shared data; all that mean the same series give the same one. */
  constructor(
    name: string,
    private readonly most: u32,
  ) {
    this.countKey = utf8Bytes(name + ":count");
    this.seriesKey = utf8Bytes(name + ":series:");
  }

  /**
   * Whether a series may be: it is one of those that were let in, or there is room for it with `reserved` places to
   * spare, of which it takes one for good.
   */
  admits(series: Slice, reserved: u32): bool {
    const key = this.keyOf(series);
    if (findShared(key) != NO_VALUE) return true;
    if (!this.take(reserved)) return false;
    // One byte of no meaning: the key says it all.
    if (storeShared(key, slice(dataOf(key), 1), NEW_KEY)) return true;
    // Another worker let it in just now, in a place that it took itself.
    this.giveBack();
    return findShared(key) != NO_VALUE;
  }

  /** How many there are. */
  get count(): u32 {
    return countOf(findShared(sliceOf(this.countKey)));
  }

  /** Takes a place that leaves so many; false where there is none. */
  private take(reserved: u32): bool {
    let before: u32 = 0;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const count = this.count;
      if (<u64>count + reserved >= this.most || foundVersion() == before) return false;
      before = foundVersion();
      if (this.store(count + 1)) return true;
    }
    unexpected("proxy_set_shared_data", Status.CasMismatch);
    return false;
  }

  private giveBack(): void {
    let before: u32 = 0;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const count = this.count;
      if (count == 0 || foundVersion() == before) return;
      before = foundVersion();
      if (this.store(count - 1)) return;
    }
    unexpected("proxy_set_shared_data", Status.CasMismatch);
  }

  /** Writes the count if it is still the one that was read last. */
  private store(count: u32): bool {
    const value = allocateInArena(COUNT_SIZE);
    store<u32>(value, count);
    return storeShared(sliceOf(this.countKey), slice(value, COUNT_SIZE), foundVersion());
  }

  private keyOf(series: Slice): Slice {
    const begin = sliceOf(this.seriesKey);
    const size = sizeOf(begin) + sizeOf(series);
    const key = allocateInArena(size);
    memory.copy(key, dataOf(begin), sizeOf(begin));
    memory.copy(key + sizeOf(begin), dataOf(series), sizeOf(series));
    return slice(key, size);
  }
}

function countOf(value: Slice): u32 {
  return value != NO_VALUE && sizeOf(value) == COUNT_SIZE ? load<u32>(dataOf(value)) : 0;
}
