import { isCollectionDue, markObject, sweep } from "./heap";

/**
 * The collector: marks what globals and pinned objects reach, and sweeps the rest. It may run only where the stack
 * holds no reference, which the SDK knows to be so between callbacks; compiled code keeps no account of its stack.
 * (asc's interface for runtimes: `__visit`, `__link`, `__pin`, `__unpin`, `__collect`.)
 *
 * Static data takes part: a static array can come to hold an object of the heap. Its objects have a word of the header
 * free for the number of the collection that came to them last.
 */

/** Where static objects, which have the header of asc's own runtimes, note the collection that came to them. */
const STATIC_MARK: usize = 16;

const FIRST_CAPACITY: usize = 256 * sizeof<usize>();

/** The number of the current collection. */
let epoch: u32 = 0;

/** Objects that are marked and not yet looked into: a stack in unmanaged memory. */
let pending: usize = 0;
let pendingTop: usize = 0;
let pendingEnd: usize = 0;

/** Objects that are alive whoever refers to them: a list of pieces with the next one's address and the object's. */
let pins: usize = 0;

/** Whether `collectIfDue` would have something to do. */
// @ts-ignore: decorator
@inline
export function isCollectionWanted(): bool {
  // @ts-ignore: defined in the builds that test what a collection leaves
  return isDefined(APW_STRESS) || isCollectionDue();
}

/** Collects garbage if enough was allocated since the last time. Call it only where no callback is under way. */
export function collectIfDue(): void {
  if (isCollectionWanted()) __collect();
}

// @ts-ignore: decorator
@global
@unsafe
export function __collect(): void {
  epoch += 1;
  __visit_globals(0);
  for (let pin = pins; pin != 0; pin = load<usize>(pin)) __visit(load<usize>(pin, sizeof<usize>()), 0);
  while (pendingTop > pending) {
    pendingTop -= sizeof<usize>();
    __visit_members(load<usize>(pendingTop), 0);
  }
  sweep();
}

// @ts-ignore: decorator
@global
@unsafe
export function __visit(object: usize, cookie: u32): void {
  if (object == 0) return;
  if (object < __heap_base) {
    if (load<u32>(object - STATIC_MARK) == epoch) return;
    store<u32>(object - STATIC_MARK, epoch);
  } else if (!markObject(object)) {
    return;
  }
  if (pendingTop == pendingEnd) growPending();
  store<usize>(pendingTop, object);
  pendingTop += sizeof<usize>();
}

function growPending(): void {
  const used = pendingTop - pending;
  const capacity = max(used << 1, FIRST_CAPACITY);
  pending = used == 0 ? heap.alloc(capacity) : heap.realloc(pending, capacity);
  pendingTop = pending + used;
  pendingEnd = pending + capacity;
}

// @ts-ignore: decorator
@global
@unsafe
export function __link(parent: usize, child: usize, expectMultiple: bool): void {}

/** Keeps an object alive until `__unpin`, for hosts that hold one. */
// @ts-ignore: decorator
@global
@unsafe
export function __pin(object: usize): usize {
  if (object != 0) {
    const pin = heap.alloc(2 * sizeof<usize>());
    store<usize>(pin, pins);
    store<usize>(pin, object, sizeof<usize>());
    pins = pin;
  }
  return object;
}

// @ts-ignore: decorator
@global
@unsafe
export function __unpin(object: usize): void {
  let before: usize = 0;
  for (let pin = pins; pin != 0; pin = load<usize>(pin)) {
    if (load<usize>(pin, sizeof<usize>()) == object) {
      if (before == 0) pins = load<usize>(pin);
      else store<usize>(before, load<usize>(pin));
      heap.free(pin);
      return;
    }
    before = pin;
  }
}
