import { type Expected, isExpected } from "./expected.js";
import { Samples } from "./samples.js";

/** What came of a time of load. */
export interface LoadResult {
  /** Answers with an expected status. */
  good: number;
  /** What was sent and did not end in such an answer, and how often: `status 503`, `ECONNRESET`, `no answer in time`. */
  failures: Record<string, number>;
  /** What was due and never left, because answers did not come at the rate; of a fixed rate only. */
  unsent: number;
  /** From the first request to the last answer. */
  seconds: number;
  /** Of good answers, in milliseconds. */
  latencies: Float64Array<ArrayBuffer>;
  /** How late requests left the generator for reasons of its own, in milliseconds; of a fixed rate only. */
  lateness: Float64Array<ArrayBuffer>;
}

/** Counts what comes of requests. */
export class Tally {
  private good = 0;
  private unsent = 0;
  private readonly failures = new Map<string, number>();
  private readonly latencies = new Samples();
  private readonly lateness = new Samples();
  private readonly started = performance.now();
  private ended = this.started;
  private lastStatus = -1;
  private lastWasGood = false;

  constructor(private readonly expected: Expected) {}

  answer(status: number, latency: number, now: number): void {
    this.ended = now;
    if (status !== this.lastStatus) {
      this.lastStatus = status;
      this.lastWasGood = isExpected(status, this.expected);
    }
    if (!this.lastWasGood) return this.failure(`status ${status}`, now);
    this.good++;
    this.latencies.push(latency);
  }

  failure(why: string, now = performance.now()): void {
    this.ended = now;
    this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
  }

  giveUp(requests: number): void {
    this.unsent += requests;
  }

  late(milliseconds: number): void {
    this.lateness.push(milliseconds);
  }

  get result(): LoadResult {
    return {
      good: this.good,
      failures: Object.fromEntries(this.failures),
      unsent: this.unsent,
      seconds: (this.ended - this.started) / 1000,
      latencies: this.latencies.toArray(),
      lateness: this.lateness.toArray(),
    };
  }
}

/** What several threads saw of the same time, as one. */
export function together(results: readonly LoadResult[]): LoadResult {
  const failures: Record<string, number> = {};
  for (const result of results)
    for (const [why, count] of Object.entries(result.failures)) failures[why] = (failures[why] ?? 0) + count;
  return {
    good: results.reduce((sum, { good }) => sum + good, 0),
    failures,
    unsent: results.reduce((sum, { unsent }) => sum + unsent, 0),
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
    latencies: joined(results.map(({ latencies }) => latencies)),
    lateness: joined(results.map(({ lateness }) => lateness)),
  };
}

function joined(arrays: Float64Array[]): Float64Array<ArrayBuffer> {
  const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

export const failed = ({ failures }: Pick<LoadResult, "failures">): number =>
  Object.values(failures).reduce((sum, count) => sum + count, 0);
