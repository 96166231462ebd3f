import { ContextHandle } from "./handle";

/**
 * Measures what a plugin does, where its configuration says `measure: true`. This one measures nothing: the one that does
 * comes into a module only together with a configuration.
 */
export class Meter {
  /** The host calls in, and nothing was under way. */
  start(): void {}

  /** The module is through with that; `context` is whom it was for last. */
  stop(context: u32): void {}

  /** A stream of the plugin is gone. */
  ended(stream: ContextHandle): void {}

  /** A stream of the plugin was answered locally. */
  replied(status: u32): void {}

  /** A call of the plugin's has ended: how, as one of the calls' outcomes, and when it was made, by `now`. */
  answered(outcome: i32, made: u64): void {}

  /** The time to measure by; never 0 in one that measures. */
  get now(): u64 {
    return 0;
  }
}

let active: Meter | null = null;

/** Lets a meter be told of what happens in the callback that runs; null for none. */
export function setMeter(meter: Meter | null): void {
  active = meter;
}

/** The meter of the plugin whose callback runs; null where nothing is measured. */
// @ts-ignore: decorator
@inline
export function activeMeter(): Meter | null {
  return active;
}
