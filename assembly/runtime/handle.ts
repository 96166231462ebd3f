import { activeMeter } from "./meter";

/**
 * What every context has in common for the SDK: the host's number for it, and what is known of its state.
 * The classes that users derive from extend it, and `HttpRequest` and `HttpResponse` are views of the same object.
 */
export class ContextHandle {
  /** The host's number for the context. 0 while its constructor runs. */
  id: u32 = 0;
  /** For the SDK: `State` bits. */
  state: u32 = 0;
  /** For the SDK: what the host has yet to answer; null as long as nothing was asked. */
  pending_: PendingList | null = null;
  /** For the SDK: the time that callbacks for it took, in nanoseconds, as far as that is measured. */
  spent: u64 = 0;
}

/**
 * What the host has yet to answer on behalf of a context. This one is empty; the one that holds anything comes into a
 * module only together with what asks.
 */
export class PendingList {
  /**
   * The stream has ended. What the host answers it from here on is not heard, but known of until it comes, or until the
   * root ends too.
   */
  orphan(root: ContextHandle | null): void {}

  /** The root has ended, and the host answers nothing of what was asked on behalf of it and its streams. */
  drop(): void {}
}

/** Something that the host has yet to answer, on behalf of a context: a call, a stream, a name to resolve. */
export class Pending {
  /** The host's number for it. */
  token: u32 = 0;
  /**
   * The context that it is kept with: the one that asked, or, once that has ended, its root; null when it is over.
   */
  owner: ContextHandle | null = null;
  /** Whether the context that asked has ended. Then nobody hears the answer. */
  orphaned: bool = false;
  /** When it was asked, by the clock of the plugin's meter; 0 where nothing is measured. */
  readonly made: u64 = timeToMeasureBy();
  private before: Pending | null = null;
  private after: Pending | null = null;

  /** Enters it with a context. */
  attach(owner: ContextHandle): void {
    let list = owner.pending_;
    if (list === null) {
      list = new PendingChain();
      owner.pending_ = list;
    }
    const chain = changetype<PendingChain>(list);
    const first = chain.first;
    this.owner = owner;
    this.after = first;
    if (first !== null) first.before = this;
    chain.first = this;
  }

  /** Takes it from its context: it is over, or goes to another. */
  detach(): void {
    const owner = this.owner;
    if (owner === null) return;
    const before = this.before;
    const after = this.after;
    if (after !== null) after.before = before;
    if (before !== null) before.after = after;
    else changetype<PendingChain>(owner.pending_).first = after;
    this.owner = null;
    this.before = null;
    this.after = null;
  }

  /** Lets go of what an answer would need; returns whether the host will answer all the same. */
  abandon(): bool {
    return true;
  }

  /** Takes it out of the table by which answers find it. */
  drop(): void {}
}

function timeToMeasureBy(): u64 {
  const meter = activeMeter();
  return meter === null ? 0 : meter.now;
}

/** What the host has yet to answer, the latest first. */
@final
class PendingChain extends PendingList {
  first: Pending | null = null;

  orphan(root: ContextHandle | null): void {
    let pending = this.first;
    while (pending !== null) {
      pending.detach();
      pending.orphaned = true;
      if (pending.abandon() && root !== null) pending.attach(root);
      pending = this.first;
    }
  }

  drop(): void {
    let pending = this.first;
    while (pending !== null) {
      pending.detach();
      pending.drop();
      pending = this.first;
    }
  }
}

/**
 * A stream is over. It can be read for the last time, but no longer answered, broken off or let go on: Envoy (1.40)
 * crashes of an answer then.
 */
export function endStream(stream: ContextHandle): void {
  stream.state = (stream.state | State.Ended) & ~(State.RequestPaused | State.ResponsePaused);
}

/** What the SDK knows of a context, as bits of `ContextHandle.state`. */
export namespace State {
  /** A root context. */
  export const Root: u32 = 1;
  /** An HTTP stream. */
  export const Http: u32 = 2;
  /** A TCP connection. */
  export const Tcp: u32 = 4;
  /** A callback of the request (or of the downstream side) is under way. */
  export const InRequest: u32 = 1 << 4;
  /** A callback of the response (or of the upstream side) is under way. */
  export const InResponse: u32 = 1 << 5;
  /** The request (the data from downstream) waits for `resume`. */
  export const RequestPaused: u32 = 1 << 6;
  /** The response (the data from upstream) waits for `resume`. */
  export const ResponsePaused: u32 = 1 << 7;
  /** `resume` was called in the very callback that is about to pause the request. */
  export const RequestResumed: u32 = 1 << 8;
  /** `resume` was called in the very callback that is about to pause the response. */
  export const ResponseResumed: u32 = 1 << 9;
  /** A local reply is on its way. */
  export const Replied: u32 = 1 << 10;
  /** The stream is over, though it can still be read. */
  export const Ended: u32 = 1 << 11;
}
