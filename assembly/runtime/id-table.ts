const SMALLEST: u32 = 32;

/** 2^32 divided by the golden ratio: numbers that follow one another fall far apart, and no long run of them forms. */
const SPREAD: u32 = 0x9e3779b1;

/**
 * Objects by the numbers that the host gave them: an open hash table. It is never more than half full, so every search
 * ends soon at a free place, however many there are, and gives its memory back.
 */
@final
export class IdTable<T> {
  private ids: StaticArray<u32> = changetype<StaticArray<u32>>(0);
  private items: StaticArray<T | null> = changetype<StaticArray<T | null>>(0);
  private mask: u32 = 0;
  private count: u32 = 0;

  constructor() {
    this.clear(SMALLEST);
  }

  /** The object with this number; null when there is none. */
  // @ts-ignore: decorator
  @inline
  find(id: u32): T | null {
    const mask = this.mask;
    let at = home(id, mask);
    while (true) {
      const item = unchecked(this.items[at]);
      if (item === null || unchecked(this.ids[at]) == id) return item;
      at = (at + 1) & mask;
    }
  }

  /** Enters an object under a number, in the place of what was there. */
  put(id: u32, item: T): void {
    let at = home(id, this.mask);
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
    let gap = home(id, mask);
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
      // What lies between its home and here, without the gap in between, stays.
      if (((at - home(unchecked(this.ids[at]), mask)) & mask) < ((at - gap) & mask)) continue;
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
      let at = home(id, this.mask);
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

/** The place where a number is looked for first. */
// @ts-ignore: decorator
@inline
function home(id: u32, mask: u32): u32 {
  return (id * SPREAD) >> clz(mask);
}
