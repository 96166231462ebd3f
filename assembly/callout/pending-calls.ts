import { ContextHandle } from "../runtime/handle";
import { IdTable } from "../runtime/id-table";

/**
 * The calls of one kind that the host has yet to answer. Their table is of the same type as that of the contexts, which a
 * table never looks into: a module has its code once.
 */
@final
export class PendingCalls<T> {
  private readonly calls: IdTable<ContextHandle> = new IdTable<ContextHandle>();

  /** Enters a call under the number that the host gave it. */
  put(token: u32, call: T): void {
    this.calls.put(token, changetype<ContextHandle>(call));
  }

  /** The call with a number, which stays; null for one that is not known. */
  find(token: u32): T | null {
    return changetype<T | null>(this.calls.find(token));
  }

  /** Takes out the call with a number; null for one that is not known. */
  take(token: u32): T | null {
    return changetype<T | null>(this.calls.take(token));
  }

  /** How many there are. */
  get size(): u32 {
    return this.calls.size;
  }
}
