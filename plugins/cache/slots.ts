import {
  NEW_KEY,
  NO_VALUE,
  Slice,
  dataOf,
  findShared,
  foundVersion,
  sizeOf,
  slice,
  storeShared,
} from "as-proxy-wasm";

/** How many entries have their places in one list, at most; with few entries there are fewer. */
const WAYS: u32 = 16;

/** How often a change is tried again when other workers come in between. Each failure is another's success. */
const MOST_TRIES: i32 = 64;

/**
 * A list has an entry's key, when it was written or withdrawn (in milliseconds since 1970) and until when it is kept (in
 * seconds; 0 for one that was withdrawn), for each place:
 */
const PLACE_SIZE: usize = 32;
const HIGH: usize = 8;
const WRITTEN: usize = 16;
const UNTIL: usize = 24;
const LARGEST_LIST: usize = 31 * PLACE_SIZE;

/** How many keys a VM remembers the places of. */
const HINTS: u32 = 4096;

/** How many lists a tick looks at. */
const LISTS_PER_TICK: u32 = 256;

const LIST = memory.data(992, 8);

/**
 * Entries by digests, in shared data: a fixed number of values, so that no number of keys takes more memory. Lists say
 * which value an entry is in, and the entry itself says which it is: a list that is not up to date costs a miss and
 * nothing else. Where all of a list's places are taken the entry goes that was written longest ago.
 */
@final
export class Slots {
  private readonly name: Uint8Array;
  private readonly prefixSize: i32;
  private readonly lists: u32;
  private readonly ways: u32;
  private readonly hints: StaticArray<u64> = new StaticArray<u64>(HINTS);
  /** The version that the value had which has a new one with each withdrawal, and nothing in it. */
  private withdrawals: u32 = 0;
  private swept: u32 = 0;
  private size: usize = 0;

  /** `prefix` begins the names of all values. */
  constructor(prefix: Uint8Array, capacity: u32) {
    this.prefixSize = prefix.length;
    this.name = new Uint8Array(prefix.length + 12);
    memory.copy(this.name.dataStart, prefix.dataStart, prefix.length);
    this.lists = max(capacity / WAYS, 1);
    // All that is left over belongs to the lists, too: none has as many as twice the ways.
    this.ways = capacity / this.lists;
  }

  /** The value that may have an entry in it, in host memory, or `NO_VALUE`: whether it does, it says itself. */
  find(low: u64, high: u64): Slice {
    const hint = unchecked(this.hints[<i32>(low % HINTS)]);
    if (hint >> 32 == high >> 32 && hint != 0) {
      const value = findShared(this.valueName(<u32>hint - 1));
      if (isOf(value, low, high)) return value;
    }
    const list = this.listOf(low);
    this.read(list);
    const place = this.placeOf(low, high);
    if (place < 0 || load<u64>(LIST + <usize>place * PLACE_SIZE, UNTIL) == 0) return NO_VALUE;
    const index = list * 32 + place;
    const value = findShared(this.valueName(index));
    if (!isOf(value, low, high)) return NO_VALUE;
    this.remember(low, high, index);
    return value;
  }

  /**
   * Writes an entry that is to be kept until then, in seconds since 1970. False where its key was withdrawn after
   * `asked`, or others were faster each time. `now` and `asked` are in milliseconds.
   */
  put(low: u64, high: u64, entry: Slice, until: i64, asked: i64, now: i64): bool {
    const list = this.listOf(low);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      this.read(list);
      const version = foundVersion();
      let place = this.placeOf(low, high);
      if (place >= 0) {
        const at = LIST + <usize>place * PLACE_SIZE;
        if (load<u64>(at, UNTIL) == 0 && load<i64>(at, WRITTEN) > asked) return false;
      } else {
        place = this.makeRoom(now);
      }
      this.write(place, low, high, now, until);
      if (!this.store(list, version)) continue;
      const index = list * 32 + place;
      storeShared(this.valueName(index), entry, 0);
      this.remember(low, high, index);
      return !this.wasWithdrawnMeanwhile(list, place, low, high);
    }
    return false;
  }

  /** Takes an entry back that was withdrawn after its list was written and before it was. */
  private wasWithdrawnMeanwhile(list: u32, place: i32, low: u64, high: u64): bool {
    findShared(this.withdrawalsName());
    const withdrawals = foundVersion();
    if (withdrawals == this.withdrawals) return false;
    this.withdrawals = withdrawals;
    this.read(list);
    const at = LIST + <usize>place * PLACE_SIZE;
    if (this.placeOf(low, high) != place || load<u64>(at, UNTIL) != 0) return false;
    storeShared(this.valueName(list * 32 + place), 0, 0);
    return true;
  }

  /**
   * Withdraws an entry, and what was asked of the origin before `now` and is still to be written. The latter not where
   * all places are taken by others.
   */
  withdraw(low: u64, high: u64, now: i64): void {
    const list = this.listOf(low);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      this.read(list);
      const version = foundVersion();
      let place = this.placeOf(low, high);
      if (place < 0) {
        place = this.makeRoom(now);
        const at = <usize>place * PLACE_SIZE;
        if (at < this.size && load<i64>(LIST + at, UNTIL) > now / 1000) return;
      }
      this.write(place, low, high, now, 0);
      if (!this.store(list, version)) continue;
      // Between the two, so that whoever writes the entry after it was taken away sees that something was.
      storeShared(this.withdrawalsName(), 0, 0);
      storeShared(this.valueName(list * 32 + place), 0, 0);
      return;
    }
  }

  /** Gives the memory of entries back that are not kept any longer. A tick does a part of it. */
  sweep(now: i64): void {
    for (let i: u32 = 0; i < min(this.lists, LISTS_PER_TICK); i++) {
      this.swept = (this.swept + 1) % this.lists;
      this.sweepList(this.swept, now);
    }
  }

  private sweepList(list: u32, now: i64): void {
    this.read(list);
    const version = foundVersion();
    let old: u32 = 0;
    for (let at: usize = 0; at < this.size; at += PLACE_SIZE) {
      const until = load<i64>(LIST + at, UNTIL);
      if (until == 0 || until > now / 1000) continue;
      store<u64>(LIST + at, 0, UNTIL);
      store<i64>(LIST + at, 0, WRITTEN);
      const place = <u32>(at / PLACE_SIZE);
      old |= 1 << place;
    }
    // Where another worker writes meanwhile there is a next time.
    if (old == 0 || !this.store(list, version)) return;
    for (let place: u32 = 0; place < 32; place++) {
      if (old & (1 << place)) storeShared(this.valueName(list * 32 + place), 0, 0);
    }
  }

  private remember(low: u64, high: u64, index: u32): void {
    unchecked((this.hints[<i32>(low % HINTS)] = ((high >> 32) << 32) | (<u64>(index + 1))));
  }

  private listOf(low: u64): u32 {
    return <u32>((low >> 12) % this.lists);
  }

  /** Reads a list; what is none is an empty one. */
  private read(list: u32): void {
    const value = findShared(this.listName(list));
    const size: usize = value == NO_VALUE ? 0 : sizeOf(value);
    this.size = size > LARGEST_LIST || size % PLACE_SIZE != 0 ? 0 : size;
    memory.copy(LIST, dataOf(value), this.size);
  }

  private store(list: u32, version: u32): bool {
    return storeShared(this.listName(list), slice(LIST, this.size), version);
  }

  private placeOf(low: u64, high: u64): i32 {
    for (let at: usize = 0; at < this.size; at += PLACE_SIZE) {
      if (load<u64>(LIST + at) == low && load<u64>(LIST + at, HIGH) == high) return <i32>(at / PLACE_SIZE);
    }
    return -1;
  }

  /** The place for a new entry: a free one, or that which was written longest ago. */
  private makeRoom(now: i64): i32 {
    let place = -1;
    let oldest = i64.MAX_VALUE;
    for (let at: usize = 0; at < this.size; at += PLACE_SIZE) {
      const until = load<i64>(LIST + at, UNTIL);
      // What was withdrawn a while ago is asked about by nobody any more.
      const written = load<i64>(LIST + at, WRITTEN);
      const isFree = until <= now / 1000 && (until != 0 || now - written > 60000);
      const age = isFree ? i64.MIN_VALUE : written;
      if (age >= oldest) continue;
      oldest = age;
      place = <i32>(at / PLACE_SIZE);
    }
    const next = <i32>(this.size / PLACE_SIZE);
    return oldest != i64.MIN_VALUE && <u32>next < this.ways ? next : place;
  }

  private write(place: i32, low: u64, high: u64, written: i64, until: i64): void {
    const at = LIST + <usize>place * PLACE_SIZE;
    store<u64>(at, low);
    store<u64>(at, high, HIGH);
    store<i64>(at, written, WRITTEN);
    store<i64>(at, until, UNTIL);
    this.size = max(this.size, (<usize>place + 1) * PLACE_SIZE);
  }

  private listName(list: u32): Slice {
    store<u8>(this.name.dataStart + this.prefixSize, 0x6c);
    return this.nameWith(list, this.prefixSize + 1);
  }

  private withdrawalsName(): Slice {
    const data = this.name.dataStart;
    store<u8>(data + this.prefixSize, 0x77);
    return slice(data, this.prefixSize + 1);
  }

  private valueName(index: u32): Slice {
    return this.nameWith(index, this.prefixSize);
  }

  /** The name with a number in hexadecimal from there on; good until the next one is made. */
  private nameWith(number: u32, from: i32): Slice {
    const data = this.name.dataStart;
    let size = from;
    do {
      const digit = number & 15;
      store<u8>(data + size, digit < 10 ? 0x30 + digit : 0x57 + digit);
      size += 1;
      number >>= 4;
    } while (number != 0);
    return slice(data, size);
  }
}

/** Whether a value has the key of an entry where entries have it. */
function isOf(value: Slice, low: u64, high: u64): bool {
  if (value == NO_VALUE || sizeOf(value) < 24) return false;
  return load<u64>(dataOf(value), 8) == low && load<u64>(dataOf(value), 16) == high;
}
