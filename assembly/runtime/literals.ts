import { Slice, slice } from "./slice";
import { encodeInArena, encodeTo, maximumSize } from "./utf8";

/**
 * The UTF-8 forms of string literals, each made at its first use and kept for good.
 *
 * A literal lies below `__heap_base` and takes at least 32 bytes there with its header, so its address divided by
 * 32 is an index of its own: no two literals share a slot, and an entry is never evicted. A program with more
 * static data than the table spans has the rest of its literals encoded anew each time, in the arena.
 */

const LITERAL_SPACING_BITS: usize = 5;

/** Spans 256 KiB of static data. */
const LARGEST_TABLE: usize = 8192;

let table: usize = 0;
let tableLength: usize = 0;

/** The UTF-8 form of a string that lies in static memory. */
export function encodedLiteral(text: string): Slice {
  const index = changetype<usize>(text) >> LITERAL_SPACING_BITS;
  if (index < tableLength) {
    const entry = load<u64>(table + (index << 3));
    if (entry != 0) return entry;
  }
  return encodeLiteral(text, index);
}

function encodeLiteral(text: string, index: usize): Slice {
  if (tableLength == 0) {
    tableLength = min((__heap_base >> LITERAL_SPACING_BITS) + 1, LARGEST_TABLE);
    table = heap.alloc(tableLength << 3);
    memory.fill(table, 0, tableLength << 3);
  }
  if (index >= tableLength) return encodeInArena(text);
  const data = heap.alloc(maximumSize(text) + 1);
  const size = encodeTo(text, data);
  const encoded = slice(heap.realloc(data, size + 1), size);
  store<u64>(table + (index << 3), encoded);
  return encoded;
}
