/**
 * The heap: pages of 4 KiB, each cut into cells of one size, so that an allocation takes the head of a list and a
 * sweep needs nothing but a bit for each cell. What is larger than a cell has pages of its own. It stands in the place
 * of asc's TLSF, which the transform takes out: a few hundred bytes of code less for every module, 8 bytes of overhead
 * an object instead of 20, and no search.
 *
 *     page:   bits (32 bytes) | next | cell size | pages | list    64 bytes in all, then cells
 *     cell:   managed: class id, size in bytes, then the object; unmanaged: the bytes alone; free: the next free cell
 *
 * Managed objects (those of classes, strings, arrays) and unmanaged pieces (`heap.alloc`) lie in different pages, for
 * only the former are collected. (asc's interface for runtimes: `__alloc`, `__realloc`, `__free`.)
 */

const PAGE_BITS: usize = 12;
const PAGE_SIZE: usize = 1 << PAGE_BITS;
const PAGE_MASK: usize = PAGE_SIZE - 1;
const HEADER_SIZE: usize = 64;

// Offsets within a page's header.
const BITS_SIZE: usize = 32;
const NEXT_PAGE: usize = 32;
const CELL_SIZE: usize = 36;
const PAGE_COUNT: usize = 40;
const FREE_LIST: usize = 44;

/** Cells grow by 16 bytes up to 256, and by 128 up to 1,024. */
const SMALL_BITS: usize = 4;
const SMALL_LARGEST: usize = 256;
const MEDIUM_BITS: usize = 7;
const LARGEST_CELL: usize = 1024;
const SMALL_CLASSES: usize = SMALL_LARGEST >> SMALL_BITS;
const CLASSES: usize = SMALL_CLASSES + ((LARGEST_CELL - SMALL_LARGEST) >> MEDIUM_BITS);

/** The most that one allocation may ask for. */
const LARGEST_SIZE: usize = 1 << 30;

const WASM_PAGE_BITS: usize = 16;

/** Before a managed object: its class id and its size in bytes, where compiled code looks for them. */
export const OBJECT_HEADER: usize = 8;

const POISON: u8 = 0xdb;

/** The heads of the lists of free cells by class: the unmanaged ones, then the managed ones. */
const freeLists = memory.data(<i32>((CLASSES + 1) << 3));
const managedLists = freeLists + ((CLASSES + 1) << 2);

/** Runs of free pages in the order of their addresses, each with the next run's address and its own length in pages. */
let freeRuns: usize = 0;
/** Where the heap ends: memory beyond it was never used. */
let heapEnd: usize = 0;
/** Pages of managed cells and objects. */
let managedPages: usize = 0;
/** How many bytes managed objects took since the last sweep. */
let taken: usize = 0;

/**
 * As many bytes as are alive, but at least this many, are taken before a collection is worth its while. Bytes and not
 * pages: few objects that live long can hold on to many pages, whose other cells are to be taken first.
 */
const LEAST_TAKEN: usize = 8 * PAGE_SIZE;

/** How many bytes are taken until the next collection is. */
let enough: usize = LEAST_TAKEN;

/** Whether so much was allocated since the last collection that another one is due. */
// @ts-ignore: decorator
@inline
export function isCollectionDue(): bool {
  return taken > enough;
}

/** The heap's size in bytes, free cells and pages included. */
export function heapSize(): usize {
  return heapEnd == 0 ? 0 : heapEnd - firstPage();
}

/** How much of the heap is in pages that are taken, in bytes. */
export function heapUse(): usize {
  let use = heapSize();
  for (let run = freeRuns; run != 0; run = load<usize>(run))
    use -= load<usize>(run, sizeof<usize>()) << PAGE_BITS;
  return use;
}

// @ts-ignore: decorator
@inline
function firstPage(): usize {
  return (__heap_base + PAGE_MASK) & ~PAGE_MASK;
}

// @ts-ignore: decorator
@inline
function classOf(size: usize): usize {
  return size <= SMALL_LARGEST
    ? (size + (1 << SMALL_BITS) - 1) >> SMALL_BITS
    : SMALL_CLASSES + ((size - SMALL_LARGEST + (1 << MEDIUM_BITS) - 1) >> MEDIUM_BITS);
}

/** Takes a cell of at least `size` bytes, or pages of its own for it, from the given lists. */
function allocate(size: usize, lists: usize): usize {
  if (size > LARGEST_CELL) return allocatePages(size, lists);
  const list = lists + (classOf(size) << 2);
  const cell = load<usize>(list);
  if (cell == 0) return refill(list, lists);
  store<usize>(list, load<usize>(cell));
  return cell;
}

/** Cuts a new page into cells and takes the first. */
function refill(list: usize, lists: usize): usize {
  const index = (list - lists) >> 2;
  const cellSize =
    index <= SMALL_CLASSES ? index << SMALL_BITS : SMALL_LARGEST + ((index - SMALL_CLASSES) << MEDIUM_BITS);
  const size = max(cellSize, 1 << SMALL_BITS);
  const page = newPage(1, size, list);
  let next: usize = 0;
  let cell = page + HEADER_SIZE + ((PAGE_SIZE - HEADER_SIZE) / size) * size;
  while ((cell -= size) > page + HEADER_SIZE) {
    store<usize>(cell, next);
    next = cell;
  }
  store<usize>(list, next);
  return cell;
}

function allocatePages(size: usize, lists: usize): usize {
  if (size > LARGEST_SIZE) refuse("allocation too large");
  const count = (size + HEADER_SIZE + PAGE_MASK) >> PAGE_BITS;
  return newPage(count, 0, lists) + HEADER_SIZE;
}

/** Nothing may go on behind it, whatever `abort` does in the program that this is part of. */
function refuse(why: string): void {
  abort(why);
  unreachable();
}

/** Takes pages and writes the header of the first; those of managed objects are entered for the sweep. */
function newPage(count: usize, cellSize: usize, list: usize): usize {
  const page = takePages(count);
  memory.fill(page, 0, BITS_SIZE);
  store<usize>(page, cellSize, CELL_SIZE);
  store<usize>(page, count, PAGE_COUNT);
  store<usize>(page, list, FREE_LIST);
  if (list >= managedLists) {
    store<usize>(page, managedPages, NEXT_PAGE);
    managedPages = page;
  }
  return page;
}

/** Takes the first run of free pages that is long enough, or grows the memory. */
function takePages(count: usize): usize {
  let before: usize = 0;
  let run = freeRuns;
  while (run != 0) {
    const length = load<usize>(run, sizeof<usize>());
    if (length >= count) {
      let rest = load<usize>(run);
      if (length > count) {
        const left = run + (count << PAGE_BITS);
        store<usize>(left, rest);
        store<usize>(left, length - count, sizeof<usize>());
        rest = left;
      }
      linkRun(before, rest);
      return run;
    }
    before = run;
    run = load<usize>(run);
  }
  if (heapEnd == 0) heapEnd = firstPage();
  const page = heapEnd;
  heapEnd += count << PAGE_BITS;
  const missing = <isize>heapEnd - <isize>((<usize>memory.size()) << WASM_PAGE_BITS);
  if (missing > 0) {
    const pages = (<usize>missing + (1 << WASM_PAGE_BITS) - 1) >> WASM_PAGE_BITS;
    if (memory.grow(<i32>pages) < 0) refuse("out of memory");
  }
  return page;
}

// @ts-ignore: decorator
@inline
function linkRun(before: usize, run: usize): void {
  if (before == 0) freeRuns = run;
  else store<usize>(before, run);
}

/** Gives pages back, and joins them to free neighbours. */
function givePages(page: usize, count: usize): void {
  // @ts-ignore: the transform defines the constant in debug builds
  if (isDefined(APW_DEBUG)) memory.fill(page, POISON, count << PAGE_BITS);
  let before: usize = 0;
  let after = freeRuns;
  while (after != 0 && after < page) {
    before = after;
    after = load<usize>(after);
  }
  if (after != 0 && after == page + (count << PAGE_BITS)) {
    count += load<usize>(after, sizeof<usize>());
    after = load<usize>(after);
  }
  if (before != 0) {
    const length = load<usize>(before, sizeof<usize>());
    if (before + (length << PAGE_BITS) == page) {
      store<usize>(before, after);
      store<usize>(before, length + count, sizeof<usize>());
      return;
    }
  }
  store<usize>(page, after);
  store<usize>(page, count, sizeof<usize>());
  linkRun(before, page);
}

/** Takes a managed object of `size` bytes; the collector owns it. Its bytes are not cleared. */
// @ts-ignore: decorator
@global
@unsafe
export function __new(size: usize, id: u32): usize {
  // A size that wraps round stays as it is, and is refused.
  const object = allocate(max(size, size + OBJECT_HEADER), managedLists) + OBJECT_HEADER;
  taken += size + OBJECT_HEADER;
  store<u32>(object - 8, id);
  store<u32>(object - 4, <u32>size);
  return object;
}

/** Changes the size of a managed object; it may move. Bytes that come in addition are not cleared. */
// @ts-ignore: decorator
@global
@unsafe
export function __renew(object: usize, size: usize): usize {
  if (object >= __heap_base && size <= capacityOf(object) - OBJECT_HEADER) {
    store<u32>(object - 4, <u32>size);
    return object;
  }
  const renewed = __new(size, load<u32>(object - 8));
  memory.copy(renewed, object, min(size, <usize>load<u32>(object - 4)));
  return renewed;
}

/** How many bytes the cell, or the pages, of an address have. */
function capacityOf(address: usize): usize {
  const page = address & ~PAGE_MASK;
  const cellSize = load<usize>(page, CELL_SIZE);
  return cellSize != 0 ? cellSize : (load<usize>(page, PAGE_COUNT) << PAGE_BITS) - HEADER_SIZE;
}

/** Takes `size` bytes outside of the collector's reach, aligned to 16. */
// @ts-ignore: decorator
@global
@unsafe
export function __alloc(size: usize): usize {
  return allocate(size, freeLists);
}

/** Changes the size of an unmanaged piece; it may move. */
// @ts-ignore: decorator
@global
@unsafe
export function __realloc(piece: usize, size: usize): usize {
  const capacity = capacityOf(piece);
  if (size <= capacity) return piece;
  const larger = __alloc(size);
  memory.copy(larger, piece, capacity);
  __free(piece);
  return larger;
}

/** Gives an unmanaged piece back. */
// @ts-ignore: decorator
@global
@unsafe
export function __free(piece: usize): void {
  const page = piece & ~PAGE_MASK;
  const cellSize = load<usize>(page, CELL_SIZE);
  if (cellSize == 0) return givePages(page, load<usize>(page, PAGE_COUNT));
  release(piece, cellSize, load<usize>(page, FREE_LIST));
}

// @ts-ignore: decorator
@inline
function release(cell: usize, size: usize, list: usize): void {
  // @ts-ignore: the transform defines the constant in debug builds
  if (isDefined(APW_DEBUG)) memory.fill(cell, POISON, size);
  store<usize>(cell, load<usize>(list));
  store<usize>(list, cell);
}

/** Marks a managed object as reachable; false when it was already. */
// @ts-ignore: decorator
@inline
export function markObject(object: usize): bool {
  const page = object & ~PAGE_MASK;
  const index = (object - page) >> SMALL_BITS;
  const word = page + ((index >> 5) << 2);
  const bit = (<u32>1) << ((<u32>index) & 31);
  const bits = load<u32>(word);
  if (bits & bit) return false;
  store<u32>(word, bits | bit);
  return true;
}

/** Frees every managed object that is not marked, and takes the marks off the rest. */
export function sweep(): void {
  memory.fill(managedLists, 0, (CLASSES + 1) << 2);
  taken = 0;
  let live: usize = 0;
  let page = managedPages;
  managedPages = 0;
  while (page != 0) {
    const next = load<usize>(page, NEXT_PAGE);
    const count = load<usize>(page, PAGE_COUNT);
    const marked = marks(page);
    if (marked != 0) {
      const cellSize = load<usize>(page, CELL_SIZE);
      if (cellSize != 0) releaseUnmarked(page, cellSize);
      memory.fill(page, 0, BITS_SIZE);
      store<usize>(page, managedPages, NEXT_PAGE);
      managedPages = page;
      live += cellSize != 0 ? marked * cellSize : count << PAGE_BITS;
    } else {
      givePages(page, count);
    }
    page = next;
  }
  enough = max(live, LEAST_TAKEN);
}

/** How many objects of a page are marked. */
function marks(page: usize): usize {
  return <usize>(
    (popcnt(load<u64>(page)) +
      popcnt(load<u64>(page, 8)) +
      popcnt(load<u64>(page, 16)) +
      popcnt(load<u64>(page, 24)))
  );
}

function releaseUnmarked(page: usize, cellSize: usize): void {
  const list = load<usize>(page, FREE_LIST);
  let cell = page + HEADER_SIZE + ((PAGE_SIZE - HEADER_SIZE) / cellSize) * cellSize;
  while (cell > page + HEADER_SIZE) {
    cell -= cellSize;
    const index = (cell - page) >> SMALL_BITS;
    if (!((load<u32>(page + ((index >> 5) << 2)) >> ((<u32>index) & 31)) & 1)) release(cell, cellSize, list);
  }
}
