import { OBJECT_HEADER, heapSize, heapUse, isCollectionDue } from "as-proxy-wasm/assembly/runtime/heap";

const PAGE: usize = 4096;
const BEYOND_ALL_CELLS: usize = 2 * PAGE + 200;

/** Collects where nothing but globals holds an object: no test keeps one in a local over a call of it. */
function collect(): void {
  __collect();
}

/** Every byte of a piece gets a value of its own, from its address, length and a seed. */
function fill(data: usize, size: usize, seed: u32): void {
  for (let i: usize = 0; i < size; i++) store<u8>(data + i, <u8>(seed * 31 + <u32>i * 7));
}

/** The first byte that is not as `fill` made it, or `size`. */
function firstWrong(data: usize, size: usize, seed: u32): usize {
  for (let i: usize = 0; i < size; i++) {
    if (load<u8>(data + i) != <u8>(seed * 31 + <u32>i * 7)) return i;
  }
  return size;
}

class Node {
  next: Node | null = null;
  other: Node | null = null;
  constructor(public value: i32) {}
}

let list: Node | null = null;
let kept: Array<string> = [];
const statics: StaticArray<Node | null> = [null, null, null, null];
let renewed: usize = 0;
let random: u32 = 1;

function next(bound: u32): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random % bound;
}

function makeList(length: i32): void {
  list = null;
  for (let i = 0; i < length; i++) {
    const node = new Node(i);
    node.next = list;
    list = node;
  }
}

function listIsWhole(length: i32): bool {
  let node = list;
  let expected = length;
  while (node !== null) {
    expected -= 1;
    if (node.value != expected) return false;
    node = node.next;
  }
  return expected == 0;
}

function makeCycles(count: i32): void {
  for (let i = 0; i < count; i++) {
    const one = new Node(i);
    const two = new Node(-i);
    one.next = two;
    two.next = one;
    one.other = one;
  }
}

function keep(index: i32): void {
  const node = new Node(index);
  node.next = new Node(index * 10);
  statics[index] = node;
}

/** An object whose address alone is known. */
function hidden(value: i32): usize {
  const node = new Node(value);
  node.next = new Node(value + 1);
  return changetype<usize>(node);
}

function garbage(bytes: i32): void {
  let text = "";
  for (let made = 0; made < bytes; made += 200) text = "garbage ".repeat(12) + made.toString();
  kept = [text];
  kept = [];
}

describe("unmanaged pieces", () => {
  it("are aligned to 16 and do not overlap, whatever their size", () => {
    const count = <i32>BEYOND_ALL_CELLS;
    const pieces = new StaticArray<usize>(count);
    for (let size = 0; size < count; size += size < 1200 ? 1 : 37) {
      const piece = heap.alloc(size);
      expect<usize>(piece & 15).toBe(0);
      fill(piece, size, size);
      pieces[size] = piece;
    }
    for (let size = 0; size < count; size += size < 1200 ? 1 : 37) {
      expect<usize>(firstWrong(pieces[size], size, size)).toBe(size);
      heap.free(pieces[size]);
    }
  });

  it("are taken again after they were freed, the last one first", () => {
    for (let size: usize = 0; size <= 1024; size += 16) {
      const first = heap.alloc(size);
      const second = heap.alloc(size);
      heap.free(first);
      heap.free(second);
      expect<usize>(heap.alloc(size)).toBe(second);
      expect<usize>(heap.alloc(size)).toBe(first);
      heap.free(first);
      heap.free(second);
    }
  });

  it("keep what is in them when they grow, and their place while they fit", () => {
    for (let from: usize = 0; from < 1500; from += 61) {
      for (let to: usize = from; to < BEYOND_ALL_CELLS; to = to * 2 + 13) {
        const piece = heap.alloc(from);
        fill(piece, from, 5);
        const larger = heap.realloc(piece, to);
        expect<usize>(firstWrong(larger, from, 5)).toBe(from);
        fill(larger, to, 6);
        expect<usize>(heap.realloc(larger, from)).toBe(larger, "it shrinks in its place");
        heap.free(larger);
      }
    }
    const piece = heap.alloc(17);
    expect<usize>(heap.realloc(piece, 32)).toBe(piece);
    heap.free(piece);
  });

  it("are overwritten in a debug build when they are freed", () => {
    const piece = heap.alloc(64);
    fill(piece, 64, 1);
    heap.free(piece);
    expect<u64>(load<u64>(piece, 8)).toBe(0xdbdbdbdbdbdbdbdb);
    const large = heap.alloc(3 * PAGE);
    fill(large, 3 * PAGE, 1);
    heap.free(large);
    expect<u64>(load<u64>(large, 2 * PAGE)).toBe(0xdbdbdbdbdbdbdbdb);
  });
});

describe("pages", () => {
  it("come back when what is larger than a cell is freed", () => {
    let unaligned = 0;
    let wrong = 0;
    // An expectation takes memory itself.
    const use = heapUse();
    for (let size: usize = 1025; size < 100000; size = size * 2 - 3) {
      const piece = heap.alloc(size);
      if (piece & 15) unaligned += 1;
      if (heapUse() - use != ((size + 64 + PAGE - 1) & ~(PAGE - 1))) wrong += 1;
      fill(piece, size, 9);
      if (firstWrong(piece, size, 9) != size) wrong += 1;
      heap.free(piece);
      if (heapUse() != use) wrong += 1;
    }
    expect<i32>(unaligned).toBe(0);
    expect<i32>(wrong).toBe(0);
  });

  it("join their free neighbours, in whichever order they come back", () => {
    const orders: StaticArray<StaticArray<i32>> = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [0, 2, 1, 3],
      [1, 3, 0, 2],
      [2, 0, 3, 1],
      [1, 2, 0, 3],
    ];
    // One run at the end of the heap, and nothing free that is as long.
    const filler = heap.alloc(64 * PAGE);
    heap.free(heap.alloc(80 * PAGE - 64));
    const size = heapSize();
    for (let i = 0; i < orders.length; i++) {
      const pieces = new StaticArray<usize>(4);
      for (let k = 0; k < 4; k++) pieces[k] = heap.alloc(20 * PAGE - 64);
      expect<usize>(heapSize()).toBe(size);
      for (let k = 0; k < 4; k++) heap.free(pieces[orders[i][k]]);
      const whole = heap.alloc(80 * PAGE - 64);
      expect<usize>(heapSize()).toBe(size);
      heap.free(whole);
    }
    heap.free(filler);
  });

  it("of a run that is too long are split, and the rest is taken next", () => {
    const run = heap.alloc(30 * PAGE - 64);
    heap.free(run);
    const first = heap.alloc(10 * PAGE - 64);
    const second = heap.alloc(10 * PAGE - 64);
    const size = heapSize();
    fill(first, 10 * PAGE - 64, 1);
    fill(second, 10 * PAGE - 64, 2);
    expect<usize>(firstWrong(first, 10 * PAGE - 64, 1)).toBe(10 * PAGE - 64);
    expect<usize>(heapSize()).toBe(size);
    heap.free(first);
    heap.free(second);
  });
});

describe("managed objects", () => {
  it("have their class and size before them, and do not overlap, whatever their size", () => {
    const count = <i32>BEYOND_ALL_CELLS;
    const objects = new StaticArray<usize>(count);
    for (let size = 0; size < count; size += size < 1200 ? 1 : 37) {
      const object = __new(size, idof<ArrayBuffer>());
      expect<usize>(object & 7).toBe(0);
      expect<u32>(load<u32>(object - OBJECT_HEADER)).toBe(idof<ArrayBuffer>());
      expect<u32>(load<u32>(object - 4)).toBe(size);
      fill(object, size, size);
      objects[size] = object;
    }
    for (let size = 0; size < count; size += size < 1200 ? 1 : 37) {
      expect<usize>(firstWrong(objects[size], size, size)).toBe(size);
    }
    collect();
  });

  it("keep class and content when they grow, and their place while they fit", () => {
    for (let from: usize = 0; from < 1500; from += 61) {
      for (let to: usize = from; to < BEYOND_ALL_CELLS; to = to * 2 + 13) {
        const object = __new(from, idof<ArrayBuffer>());
        fill(object, from, 5);
        const larger = __renew(object, to);
        expect<u32>(load<u32>(larger - 4)).toBe(<u32>to);
        expect<u32>(load<u32>(larger - OBJECT_HEADER)).toBe(idof<ArrayBuffer>());
        expect<usize>(firstWrong(larger, from, 5)).toBe(from);
        fill(larger, to, 6);
        expect<usize>(__renew(larger, from)).toBe(larger);
        expect<u32>(load<u32>(larger - 4)).toBe(<u32>from);
      }
    }
    collect();
  });

  it("do not grow to sizes that there cannot be", () => {
    renewed = __new(10, idof<ArrayBuffer>());
    expect(() => {
      __renew(renewed, usize.MAX_VALUE - 3);
    }).toThrow("the size wraps round with the header");
    expect(() => {
      __renew(renewed, (<usize>1) << 31);
    }).toThrow("the size is larger than the heap gives");
  });
});

describe("a collection", () => {
  it("is due when as much was taken as is alive, and 32 KiB at least", () => {
    collect();
    expect<bool>(isCollectionDue()).toBe(false);
    garbage(5000);
    expect<bool>(isCollectionDue()).toBe(false);
    garbage(2000000);
    expect<bool>(isCollectionDue()).toBe(true);
    collect();
    expect<bool>(isCollectionDue()).toBe(false);
  });

  it("frees what nothing refers to, cycles as well", () => {
    collect();
    const use = heapUse();
    makeCycles(5000);
    expect<usize>(heapUse()).toBeGreaterThan(use + 100000);
    collect();
    expect<usize>(heapUse()).toBeLessThanOrEqual(use + PAGE);
  });

  it("follows a list of 100,000 objects without taking stack for it", () => {
    collect();
    makeList(100000);
    collect();
    collect();
    expect<bool>(listIsWhole(100000)).toBe(true);
    const use = heapUse();
    list = null;
    collect();
    expect<usize>(heapUse()).toBeLessThan(use - 2000000);
  });

  it("keeps what a static array came to hold", () => {
    for (let i = 0; i < statics.length; i++) keep(i);
    collect();
    makeCycles(1000);
    collect();
    for (let i = 0; i < statics.length; i++) {
      const node = statics[i]!;
      expect<i32>(node.value).toBe(i);
      expect<i32>(node.next!.value).toBe(i * 10);
    }
    const use = heapUse();
    for (let i = 0; i < statics.length; i++) statics[i] = null;
    collect();
    expect<usize>(heapUse()).toBeLessThanOrEqual(use);
  });

  it("keeps what is pinned, as often as that was done, and what it refers to", () => {
    const node = hidden(41);
    __pin(node);
    __pin(node);
    for (let unpins = 0; unpins < 2; unpins++) {
      collect();
      makeCycles(100);
      expect<i32>(load<i32>(node, offsetof<Node>("value"))).toBe(41);
      const other = load<usize>(node, offsetof<Node>("next"));
      expect<i32>(load<i32>(other, offsetof<Node>("value"))).toBe(42);
      __unpin(node);
    }
    collect();
    // Freed, and overwritten as in every debug build but for the link to the next free cell.
    expect<i32>(load<i32>(node, offsetof<Node>("value"))).toBe(0xdbdbdbdb);
    __unpin(node);
    expect<usize>(__pin(0)).toBe(0);
  });

  it("gives the pages of large objects back", () => {
    collect();
    const use = heapUse();
    for (let i = 0; i < 20; i++) __new(10 * PAGE, idof<ArrayBuffer>());
    expect<usize>(heapUse()).toBeGreaterThanOrEqual(use + 200 * PAGE);
    collect();
    expect<usize>(heapUse()).toBeLessThanOrEqual(use);
  });

  it("lets a heap of few old and many young objects stay as small as they are", () => {
    collect();
    kept = [];
    let before: usize = 0;
    for (let round = 0; round < 400; round++) {
      // One in a hundred strings stays for a while, so that nearly every page has some that are alive.
      for (let i = 0; i < 100; i++) {
        const text = round.toString() + " of " + i.toString();
        if (i == 0) kept.push(text);
      }
      if (kept.length > 100) kept = kept.slice(50);
      if (isCollectionDue()) collect();
      if (round == 150) before = heapUse();
    }
    expect<usize>(heapUse()).toBeLessThanOrEqual(before + 8 * PAGE);
    kept = [];
  });

  it("leaves what is in use as it was, over a long run of all that there is to do", () => {
    collect();
    const places = 200;
    const pieces = new StaticArray<usize>(places);
    const sizes = new StaticArray<u32>(places);
    kept = new Array<string>(places).fill("");
    let wrong = 0;
    for (let step = 0; step < 20000; step++) {
      const at = next(places);
      const size = next(10) == 0 ? next(9000) : next(300);
      const kind = next(100);
      if (kind < 40) {
        if (pieces[at] != 0) {
          if (firstWrong(pieces[at], sizes[at], at) != sizes[at]) wrong += 1;
          heap.free(pieces[at]);
        }
        pieces[at] = heap.alloc(size);
        sizes[at] = size;
        fill(pieces[at], size, at);
      } else if (kind < 50 && pieces[at] != 0) {
        pieces[at] = heap.realloc(pieces[at], size);
        if (firstWrong(pieces[at], min(size, sizes[at]), at) != min(size, sizes[at])) wrong += 1;
        sizes[at] = size;
        fill(pieces[at], size, at);
      } else if (kind < 99) {
        const text = kept[at];
        if (text.length > 0 && !text.endsWith("#" + at.toString())) wrong += 1;
        kept[at] = "x".repeat(size) + "#" + at.toString();
      } else {
        // The arrays of this test are in locals: they are pinned meanwhile.
        __pin(changetype<usize>(pieces));
        __pin(changetype<usize>(sizes));
        collect();
        __unpin(changetype<usize>(pieces));
        __unpin(changetype<usize>(sizes));
      }
    }
    expect<i32>(wrong).toBe(0);
    for (let at = 0; at < places; at++) if (pieces[at] != 0) heap.free(pieces[at]);
    kept = [];
  });
});
