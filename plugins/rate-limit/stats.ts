import { Counter } from "as-proxy-wasm";

/** What became of requests, counted for all workers together. */
@final
export class Stats {
  /** Requests within the limit. */
  readonly ok: Counter;
  /** Requests over it, those that only would have been refused included. */
  readonly overLimit: Counter;
  /** Of those the ones that went on, in `shadow` or `shadow_mode`. */
  readonly shadowed: Counter;
  /** Requests of which nobody could tell. */
  readonly failed: Counter;
  /** Requests that went on uncounted, since all places for their key were taken by empty buckets. */
  readonly untracked: Counter;
  /** Buckets that made room for others before they were full again. */
  readonly evicted: Counter;

  constructor(pluginName: string) {
    this.ok = new Counter(pluginName + ".ok");
    this.overLimit = new Counter(pluginName + ".over_limit");
    this.shadowed = new Counter(pluginName + ".shadowed");
    this.failed = new Counter(pluginName + ".failed");
    this.untracked = new Counter(pluginName + ".untracked");
    this.evicted = new Counter(pluginName + ".evicted");
  }
}
