import { Counter, SharedQueue, metricName, sharedData } from "as-proxy-wasm";
import { Verdict } from "./verdict";

/** By the verdict's number. */
const RESULTS: string[] = ["hit", "miss", "stale", "revalidated", "bypass"];

const NOTHING = new Uint8Array(0);

/**
 * Counts requests, and what their clients were told. What a VM has counted it writes before an answer goes out while
 * none of its other requests waits for one, and at each tick. Of answers within one millisecond it does so for the first,
 * and for the others together when the host has done what it has before it: that is when a queue is ready which the VM
 * wrote to, and before anybody can ask who has had the last of these answers. So whoever looks when all have their answers
 * sees them all.
 */
@final
export class Tally {
  private readonly counters: Counter[] = [];
  private readonly answers: StaticArray<u32> = new StaticArray<u32>(5);
  private requests: u32 = 0;
  /** How many requests have no answer yet. */
  private open: u32 = 0;
  /** When an answer had it written last, in milliseconds since 1970. */
  private written: i64 = 0;
  private isHeldBack: bool = false;

  /** Of this VM alone; null until the first time. */
  private queue: SharedQueue | null = null;

  /** `counter` is the name of the value in shared data, `queues` begins the names of what the VMs wake themselves by. */
  constructor(
    private readonly counter: string,
    private readonly queues: string,
  ) {
    for (let i = 0; i < RESULTS.length; i++) {
      this.counters.push(new Counter(metricName("cache_requests_total", [["result", RESULTS[i]]])));
    }
  }

  /** A request came. Each comes to an `end`. */
  begin(): void {
    this.requests += 1;
    this.open += 1;
  }

  /** What a client is told. */
  note(verdict: Verdict): void {
    unchecked((this.answers[verdict] += 1));
  }

  /** A request is about to have its answer, or ended without one, at a time in milliseconds since 1970. */
  end(time: i64): void {
    this.open -= 1;
    if (this.open != 0 || this.isHeldBack) return;
    this.isHeldBack = time == this.written && this.wake();
    if (this.isHeldBack) return;
    this.written = time;
    this.write();
  }

  /** For the root context's `onQueueReady`. */
  onQueueReady(id: u32): void {
    const queue = this.queue;
    if (queue === null || queue.id != id) return;
    queue.dequeue();
    this.write();
  }

  /** Has the host call when it has done what it has before it. False where it cannot. */
  private wake(): bool {
    let queue = this.queue;
    if (queue === null) {
      // VMs must not wake one another, so each takes a number.
      queue = SharedQueue.register(this.queues + sharedData.add(this.queues, 1).toString());
      if (queue === null) return false;
      this.queue = queue;
    }
    return queue.enqueue(NOTHING);
  }

  /** Writes what was counted since the last time. */
  write(): void {
    this.isHeldBack = false;
    const requests = this.requests;
    if (requests != 0) {
      this.requests = 0;
      sharedData.add(this.counter, requests);
    }
    for (let i = 0; i < RESULTS.length; i++) {
      const count = unchecked(this.answers[i]);
      if (count == 0) continue;
      unchecked((this.answers[i] = 0));
      unchecked(this.counters[i]).add(count);
    }
  }
}
