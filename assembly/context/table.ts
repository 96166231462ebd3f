import { ContextHandle } from "../runtime/handle";
import { IdTable } from "../runtime/id-table";

/** The contexts that are alive, by the host's numbers for them. */
const contexts = new IdTable<ContextHandle>();

/** The context with this number; null when there is none. */
// @ts-ignore: decorator
@inline
export function findContext(id: u32): ContextHandle | null {
  return contexts.find(id);
}

/** Enters a context under a number, in the place of what was there. */
export function putContext(id: u32, handle: ContextHandle): void {
  contexts.put(id, handle);
}

/** Takes a context out; null when it is not there. */
export function takeContext(id: u32): ContextHandle | null {
  return contexts.take(id);
}

/** How many contexts are alive. */
export function contextCount(): u32 {
  return contexts.size;
}
