import { Slice, dataOf, sizeOf, slice } from "../runtime/slice";
import { JsonTape, NodeFlag } from "./json-tape";
import { unescaped } from "./json-strings";

/**
 * Finds keys that an object has twice, compared by what they say, not by how they are escaped. All keys of the
 * document are sorted by object, length and bytes, so that equal ones lie side by side. A heap sort takes n log n
 * steps for every input; a hash table would need a secret to promise that for a hostile one.
 *
 * An entry: bytes 0..7 the slice of what the key says, 8..11 the object, 12..15 the key's node.
 */
const ENTRY_BITS: usize = 4;
const ENTRY_SIZE: usize = 1 << ENTRY_BITS;

/** The first key of a text at `base` that its object already has; negative where there is none. */
export function findDuplicateKey(tape: JsonTape, base: usize): i32 {
  let count: usize = 0;
  let escapedSize: usize = 0;
  for (let node = 0; node < tape.length; node++) {
    if (!tape.is(node, NodeFlag.Key)) continue;
    count += 1;
    if (tape.is(node, NodeFlag.Escaped)) escapedSize += tape.end(node) - tape.start(node);
  }
  if (count < 2) return -1;
  const entries = heap.alloc((count << ENTRY_BITS) + escapedSize);
  list(tape, base, entries, entries + (count << ENTRY_BITS));
  sort(entries, count);
  const duplicate = firstTwin(entries, count);
  heap.free(entries);
  return duplicate;
}

/** Writes one entry a key; what escaped keys say goes to `spare`. */
function list(tape: JsonTape, base: usize, entry: usize, spare: usize): void {
  for (let node = 0; node < tape.length; node++) {
    if (!tape.is(node, NodeFlag.Key)) continue;
    let key = slice(base + tape.start(node) + 1, tape.end(node) - tape.start(node) - 2);
    if (tape.is(node, NodeFlag.Escaped)) {
      key = unescaped(key, spare);
      spare += sizeOf(key);
    }
    store<Slice>(entry, key);
    store<i32>(entry, tape.next(node), 8);
    store<i32>(entry, node, 12);
    entry += ENTRY_SIZE;
  }
}

/** Below 0 where entry `a` comes before `b`, 0 where they are the same key of the same object. */
function order(a: usize, b: usize): i32 {
  const objects = load<i32>(a, 8) - load<i32>(b, 8);
  if (objects != 0) return objects;
  const keyA = load<Slice>(a);
  const keyB = load<Slice>(b);
  const sizes = <i32>sizeOf(keyA) - <i32>sizeOf(keyB);
  return sizes != 0 ? sizes : memory.compare(dataOf(keyA), dataOf(keyB), sizeOf(keyA));
}

function swap(a: usize, b: usize): void {
  const low = load<u64>(a);
  const high = load<u64>(a, 8);
  store<u64>(a, load<u64>(b));
  store<u64>(a, load<u64>(b, 8), 8);
  store<u64>(b, low);
  store<u64>(b, high, 8);
}

function sort(entries: usize, count: usize): void {
  for (let root = count >> 1; root > 0; root--) sift(entries, root - 1, count);
  for (let last = count - 1; last > 0; last--) {
    swap(entries, entries + (last << ENTRY_BITS));
    sift(entries, 0, last);
  }
}

/** Lets the entry at `root` sink below all that come after it in order. */
function sift(entries: usize, root: usize, count: usize): void {
  while (true) {
    let child = (root << 1) + 1;
    if (child >= count) return;
    let larger = entries + (child << ENTRY_BITS);
    if (child + 1 < count && order(larger, larger + ENTRY_SIZE) < 0) {
      child += 1;
      larger += ENTRY_SIZE;
    }
    const parent = entries + (root << ENTRY_BITS);
    if (order(parent, larger) >= 0) return;
    swap(parent, larger);
    root = child;
  }
}

/** Of all sorted entries that equal the one before them, the one that comes first in the text. */
function firstTwin(entries: usize, count: usize): i32 {
  let first = -1;
  const end = entries + (count << ENTRY_BITS);
  for (let entry = entries + ENTRY_SIZE; entry < end; entry += ENTRY_SIZE) {
    if (order(entry - ENTRY_SIZE, entry) != 0) continue;
    const later = max(load<i32>(entry - ENTRY_SIZE, 12), load<i32>(entry, 12));
    if (first < 0 || later < first) first = later;
  }
  return first;
}
