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
  find(id: u32): T | null {
    return this.itemAt(this.placeOf(id));
  }

  /** As `find`, where every nanosecond counts. */
  // @ts-ignore: decorator
  @inline
  findHere(id: u32): T | null {
    return this.itemAt(this.placeHere(id));
  }

  /** Enters an object under a number, in the place of what was there. */
  put(id: u32, item: T): void {
    const place = this.placeOf(id);
    const isNew = this.itemAt(place) === null;
    this.enter(place, id, item);
    if (!isNew) return;
    const count = this.count + 1;
    this.count = count;
    if (count << 1 > this.mask) this.resize((this.mask + 1) << 1);
  }

  /** Takes an object out and closes the gap; null when it is not there. */
  take(id: u32): T | null {
    const mask = this.mask;
    let gap = this.placeOf(id);
    const found = this.itemAt(gap);
    if (found === null) return null;
    let at = gap;
    while (true) {
      at = (at + 1) & mask;
      const item = this.itemAt(at);
      if (item === null) break;
      const id = this.idAt(at);
      // What lies between its home and here, without the gap in between, stays.
      if (((at - home(id, mask)) & mask) < ((at - gap) & mask)) continue;
      this.enter(gap, id, item);
      gap = at;
    }
    this.enter(gap, 0, null);
    const count = this.count - 1;
    this.count = count;
    if (mask >= SMALLEST << 2 && count << 4 < mask) this.resize((mask + 1) >> 2);
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
    return this.itemAt(place);
  }

  // By their addresses, so that whatever optimises a module for its size leaves no calls where they are used.

  private placeOf(id: u32): u32 {
    return this.placeHere(id);
  }

  /** Where the object with this number is, or else the free place that it would have. */
  // @ts-ignore: decorator
  @inline
  private placeHere(id: u32): u32 {
    const mask = this.mask;
    let place = home(id, mask);
    while (this.itemAt(place) !== null && this.idAt(place) != id) place = (place + 1) & mask;
    return place;
  }

  // @ts-ignore: decorator
  @inline
  private itemAt(place: u32): T | null {
    return load<T | null>(changetype<usize>(this.items) + ((<usize>place) << alignof<usize>()));
  }

  // @ts-ignore: decorator
  @inline
  private idAt(place: u32): u32 {
    return load<u32>(changetype<usize>(this.ids) + ((<usize>place) << 2));
  }

  // @ts-ignore: decorator
  @inline
  private enter(place: u32, id: u32, item: T | null): void {
    store<u32>(changetype<usize>(this.ids) + ((<usize>place) << 2), id);
    store<T | null>(changetype<usize>(this.items) + ((<usize>place) << alignof<usize>()), item);
  }

  private resize(capacity: u32): void {
    const ids = this.ids;
    const items = this.items;
    this.clear(capacity);
    for (let i = 0, k = items.length; i < k; i++) {
      const item = unchecked(items[i]);
      if (item === null) continue;
      const id = unchecked(ids[i]);
      this.enter(this.placeOf(id), id, item);
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
