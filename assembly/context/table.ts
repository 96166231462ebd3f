import { ContextHandle } from "../runtime/handle";

/**
 * The contexts that are alive, by the host's numbers for them: an open hash table in which a number is its own hash,
 * for hosts count upwards. It is never more than half full, so every search ends at a free place.
 */

const SMALLEST: u32 = 32;

let ids = newIds(SMALLEST);
let handles = newHandles(SMALLEST);
let mask: u32 = SMALLEST - 1;
let count: u32 = 0;

/** The context with this number; null when there is none. */
// @ts-ignore: decorator
@inline
export function findContext(id: u32): ContextHandle | null {
  let at = id & mask;
  while (true) {
    const handle = unchecked(handles[at]);
    if (handle === null || unchecked(ids[at]) == id) return handle;
    at = (at + 1) & mask;
  }
}

/** Enters a context under a number, in the place of what was there. */
export function putContext(id: u32, handle: ContextHandle): void {
  let at = id & mask;
  while (true) {
    const there = unchecked(handles[at]);
    if (there === null) break;
    if (unchecked(ids[at]) == id) {
      unchecked((handles[at] = handle));
      return;
    }
    at = (at + 1) & mask;
  }
  unchecked((ids[at] = id));
  unchecked((handles[at] = handle));
  count += 1;
  if (count << 1 > mask) resize((mask + 1) << 1);
}

/** Takes a context out and closes the gap; nothing happens when it is not there. */
export function removeContext(id: u32): void {
  let at = id & mask;
  while (true) {
    if (unchecked(handles[at]) === null) return;
    if (unchecked(ids[at]) == id) break;
    at = (at + 1) & mask;
  }
  let gap = at;
  while (true) {
    at = (at + 1) & mask;
    const handle = unchecked(handles[at]);
    if (handle === null) break;
    const home = unchecked(ids[at]) & mask;
    // What lies between its home and here without the gap in between stays.
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    unchecked((ids[gap] = ids[at]));
    unchecked((handles[gap] = handle));
    gap = at;
  }
  unchecked((handles[gap] = null));
  count -= 1;
  if (mask >= SMALLEST << 2 && count << 4 < mask) resize((mask + 1) >> 2);
}

/** How many contexts are alive. */
export function contextCount(): u32 {
  return count;
}

function resize(capacity: u32): void {
  const oldIds = ids;
  const oldHandles = handles;
  ids = newIds(capacity);
  handles = newHandles(capacity);
  mask = capacity - 1;
  for (let i = 0, k = oldHandles.length; i < k; i++) {
    const handle = unchecked(oldHandles[i]);
    if (handle === null) continue;
    const id = unchecked(oldIds[i]);
    let at = id & mask;
    while (unchecked(handles[at]) !== null) at = (at + 1) & mask;
    unchecked((ids[at] = id));
    unchecked((handles[at] = handle));
  }
}

/** Not cleared: a number without a context is never looked at. */
function newIds(capacity: u32): StaticArray<u32> {
  return changetype<StaticArray<u32>>(__new(<usize>capacity << 2, idof<StaticArray<u32>>()));
}

function newHandles(capacity: u32): StaticArray<ContextHandle | null> {
  const size = (<usize>capacity) << alignof<usize>();
  const array = __new(size, idof<StaticArray<ContextHandle | null>>());
  memory.fill(array, 0, size);
  return changetype<StaticArray<ContextHandle | null>>(array);
}
