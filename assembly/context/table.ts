import { ContextHandle } from "../runtime/handle";
import { IdTable } from "../runtime/id-table";

/** No context has this number. */
const NONE: u32 = 0xffffffff;

/** The contexts that are alive, by the host's numbers for them. */
const contexts = new IdTable<ContextHandle>();

/**
 * The stream that began last, while nothing came for it but its number, and its root: mostly the next callback is its
 * first, and makes the context that the table is to have.
 */
let begun: u32 = NONE;
let begunUnder: ContextHandle | null = null;

/** The context with this number; null when there is none. For a stream without one of its own it is its root. */
export function findContext(id: u32): ContextHandle | null {
  return id == begun ? begunUnder : contexts.find(id);
}

/** As `findContext`, where every nanosecond counts. */
// @ts-ignore: decorator
@inline
export function findContextHere(id: u32): ContextHandle | null {
  return id == begun ? begunUnder : contexts.findHere(id);
}

/** A stream begins under a root; it has no context of its own yet. */
// @ts-ignore: decorator
@inline
export function beginStream(id: u32, root: ContextHandle): void {
  if (begunUnder !== null) keepBegun();
  begun = id;
  begunUnder = root;
}

function keepBegun(): void {
  const root = begunUnder;
  if (root !== null) contexts.put(begun, root);
}

/** Enters a context under a number, in the place of what was there. */
// @ts-ignore: decorator
@inline
export function putContext(id: u32, handle: ContextHandle): void {
  if (id == begun) takeBegun();
  contexts.put(id, handle);
}

/** Takes a context out; null when it is not there. */
// @ts-ignore: decorator
@inline
export function takeContext(id: u32): ContextHandle | null {
  return id == begun ? takeBegun() : contexts.take(id);
}

// @ts-ignore: decorator
@inline
function takeBegun(): ContextHandle | null {
  const root = begunUnder;
  begun = NONE;
  begunUnder = null;
  return root;
}

/** How many contexts are alive. */
export function contextCount(): u32 {
  return contexts.size + u32(begunUnder !== null);
}
