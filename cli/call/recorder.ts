import type { CallObserver, ObservedCall } from "../../host/index.js";
import { type Decoded, decodeArguments, decodeResults, outcomeOf } from "./decode.js";

/** A call between a host and a module, with those that were made within it. */
export interface TracedCall {
  kind: "callback" | "hostcall";
  name: string;
  /** The context that hostcalls act on. */
  context: number;
  arguments: Record<string, Decoded>;
  /** What a hostcall wrote to where the module wanted it. */
  results: Record<string, Decoded>;
  /** A hostcall's status, or what a callback answered; absent where there is nothing to say. */
  outcome?: string;
  /** Why it did not come to its end. */
  failure?: string;
  /** Since the trace began, in microseconds. */
  at: number;
  /** All of it, in microseconds. */
  took: number;
  /** What of that went by in the module, or in the host for a hostcall: without the calls within. */
  own: number;
  calls: TracedCall[];
}

interface Open {
  call: TracedCall;
  observed: ObservedCall;
  started: number;
  inner: number;
}

/** Remembers calls as a tree. The time that remembering takes is not counted. */
export class Recorder implements CallObserver {
  readonly calls: TracedCall[] = [];
  private readonly open: Open[] = [];
  private readonly began = performance.now();
  /** Milliseconds that went to the recorder itself. */
  private overhead = 0;

  begin(observed: ObservedCall): void {
    const entered = performance.now();
    const kind = observed.by === "host" ? "callback" : "hostcall";
    const { name, context } = observed;
    const call: TracedCall = {
      kind,
      name,
      context,
      arguments: decodeArguments(observed),
      results: {},
      at: (entered - this.began - this.overhead) * 1000,
      took: 0,
      own: 0,
      calls: [],
    };
    (this.open.at(-1)?.call.calls ?? this.calls).push(call);
    this.overhead += performance.now() - entered;
    this.open.push({ call, observed, started: performance.now() - this.overhead, inner: 0 });
  }

  end(result: number | undefined, failure?: Error): void {
    const now = performance.now();
    const { call, observed, started, inner } = this.open.pop()!;
    call.took = Math.max(0, now - this.overhead - started) * 1000;
    call.own = Math.max(0, call.took - inner);
    const around = this.open.at(-1);
    if (around !== undefined) around.inner += call.took;
    if (failure !== undefined) call.failure = `${failure.name}: ${failure.message}`;
    else {
      const outcome = outcomeOf(observed, result);
      if (outcome !== undefined) call.outcome = outcome;
      if (observed.by === "module" && result === 0) call.results = decodeResults(observed);
    }
    this.overhead += performance.now() - now;
  }
}
