import { Counter, metricName } from "as-proxy-wasm";

/** What `x-cache` says. */
export enum Verdict {
  Hit,
  Miss,
  Stale,
  Revalidated,
  Bypass,
}

/** Its words, by the verdict's number. */
export const WORDS: string[] = ["HIT", "MISS", "STALE", "REVALIDATED", "BYPASS"];

/** How often each was said. */
@final
export class VerdictCounters {
  private readonly counters: Counter[] = [];

  constructor() {
    const results: string[] = ["hit", "miss", "stale", "revalidated", "bypass"];
    for (let i = 0; i < results.length; i++) {
      this.counters.push(new Counter(metricName("cache_requests_total", [["result", results[i]]])));
    }
  }

  add(verdict: Verdict): void {
    unchecked(this.counters[verdict]).add();
  }
}
