import { IdTable } from "../runtime/id-table";

/** Hosts count the numbers of calls in steps of four, with the kind of the call in the low bits. */
const KIND_BITS: u32 = 2;

/** The calls of one kind that the host has yet to answer. */
@final
export class PendingCalls<T> {
  private readonly calls: IdTable<T> = new IdTable<T>(KIND_BITS);

  /** Enters a call under the number that the host gave it. */
  put(token: u32, call: T): void {
    this.calls.put(token, call);
  }

  /** The call with a number, which stays; null for one that is not known. */
  find(token: u32): T | null {
    return this.calls.find(token);
  }

  /** Takes out the call with a number; null for one that is not known. */
  take(token: u32): T | null {
    const call = this.calls.find(token);
    if (call !== null) this.calls.remove(token);
    return call;
  }

  /** How many there are. */
  get size(): u32 {
    return this.calls.size;
  }
}
