import { Counter, metricName, sharedData } from "as-proxy-wasm";
import { Verdict } from "./verdict";

/** By the verdict's number. */
const RESULTS: string[] = ["hit", "miss", "stale", "revalidated", "bypass"];

/**
 * Counts requests, and what their clients were told. What a VM has counted it writes before an answer goes out while
 * none of its other requests waits for one, and at each tick: whoever looks when all have their answers sees them all,
 * and requests at the same time are written at once.
 */
@final
export class Tally {
  private readonly counters: Counter[] = [];
  private readonly answers: StaticArray<u32> = new StaticArray<u32>(5);
  private requests: u32 = 0;
  /** How many requests have no answer yet. */
  private open: u32 = 0;

  /** `counter` is the name of the value in shared data. */
  constructor(private readonly counter: string) {
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

  /** A request is about to have its answer, or ended without one. */
  end(): void {
    this.open -= 1;
    if (this.open == 0) this.write();
  }

  /** Writes what was counted since the last time. */
  write(): void {
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
