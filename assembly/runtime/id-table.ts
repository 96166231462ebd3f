const SMALLEST: u32 = 32;

/**
 * Objects by the numbers that the host gave them: an open hash table in which a number is its own hash, for hosts count
 * upwards. It is never more than half full, so every search ends at a free place, and gives its memory back.
 */
@final
export class IdTable<T> {
  private ids: StaticArray<u32> = changetype<StaticArray<u32>>(0);
  private items: StaticArray<T | null> = changetype<StaticArray<T | null>>(0);
  private mask: u32 = 0;
  private count: u32 = 0;

  /** `shift` is the number of low bits that are the same in all the numbers. */
  constructor(private readonly shift: u32) {
    this.clear(SMALLEST);
  }

  /** The object with this number; null when there is none. */
  // @ts-ignore: decorator
  @inline
  find(id: u32): T | null {
    const mask = this.mask;
    let at = (id >> this.shift) & mask;
    while (true) {
      const item = unchecked(this.items[at]);
      if (item === null || unchecked(this.ids[at]) == id) return item;
      at = (at + 1) & mask;
    }
  }

  /** Enters an object under a number, in the place of what was there. */
  put(id: u32, item: T): void {
    let at = (id >> this.shift) & this.mask;
    while (true) {
      const there = unchecked(this.items[at]);
      if (there === null) break;
      if (unchecked(this.ids[at]) == id) {
        unchecked((this.items[at] = item));
        return;
      }
      at = (at + 1) & this.mask;
    }
    unchecked((this.ids[at] = id));
    unchecked((this.items[at] = item));
    this.count += 1;
    if (this.count << 1 > this.mask) this.resize((this.mask + 1) << 1);
  }

  /** Takes an object out and closes the gap; null when it is not there. */
  take(id: u32): T | null {
    const mask = this.mask;
    let gap = (id >> this.shift) & mask;
    let found = unchecked(this.items[gap]);
    while (found !== null && unchecked(this.ids[gap]) != id) {
      gap = (gap + 1) & mask;
      found = unchecked(this.items[gap]);
    }
    if (found === null) return null;
    let at = gap;
    while (true) {
      at = (at + 1) & mask;
      const item = unchecked(this.items[at]);
      if (item === null) break;
      const home = (unchecked(this.ids[at]) >> this.shift) & mask;
      // What lies between its home and here, without the gap in between, stays.
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      unchecked((this.ids[gap] = this.ids[at]));
      unchecked((this.items[gap] = item));
      gap = at;
    }
    unchecked((this.items[gap] = null));
    this.count -= 1;
    if (mask >= SMALLEST << 2 && this.count << 4 < mask) this.resize((mask + 1) >> 2);
    return found;
  }

  /** How many there are. */
  get size(): u32 {
    return this.count;
  }

  /** How many places there are to look at with `at`. */
  get capacity(): u32 {
    return this.mask + 1;
  }

  /** The object at a place, null where that is free: to go through all while none is entered or taken out. */
  at(place: u32): T | null {
    return unchecked(this.items[place]);
  }

  private resize(capacity: u32): void {
    const ids = this.ids;
    const items = this.items;
    this.clear(capacity);
    for (let i = 0, k = items.length; i < k; i++) {
      const item = unchecked(items[i]);
      if (item === null) continue;
      const id = unchecked(ids[i]);
      let at = (id >> this.shift) & this.mask;
      while (unchecked(this.items[at]) !== null) at = (at + 1) & this.mask;
      unchecked((this.ids[at] = id));
      unchecked((this.items[at] = item));
    }
  }

  /** Places without anything in them; the number of such a place is never looked at. */
  private clear(capacity: u32): void {
    const size = (<usize>capacity) << alignof<usize>();
    const items = __new(size, idof<StaticArray<T | null>>());
    memory.fill(items, 0, size);
    this.items = changetype<StaticArray<T | null>>(items);
    this.ids = changetype<StaticArray<u32>>(__new((<usize>capacity) << 2, idof<StaticArray<u32>>()));
    this.mask = capacity - 1;
  }
}
