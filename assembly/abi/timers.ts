import { outData } from "./out";
import { Status } from "./status";

// @ts-ignore: decorator
@external("env", "proxy_set_tick_period_milliseconds")
declare function proxy_set_tick_period_milliseconds(period: u32): Status;

/** Sets how often `proxy_on_tick` fires for the root context, in milliseconds; 0 ends it. */
// @ts-ignore: decorator
@inline
export function setTickPeriod(milliseconds: u32): Status {
  return proxy_set_tick_period_milliseconds(milliseconds);
}

/** WASI's clocks. (`clockid` of wasi_snapshot_preview1) */
export enum Clock {
  /** Time since 1970, as the host has it. */
  Realtime = 0,
  /** Time since some moment, that never goes back. */
  Monotonic = 1,
}

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(clock: Clock, precision: u64, timeOut: usize): i32;

/** A clock's time in nanoseconds (`hostU64()`). Not 0 when it failed: WASI's errno. */
// @ts-ignore: decorator
@inline
export function clockTime(clock: Clock): i32 {
  return clock_time_get(clock, 0, outData());
}

// @ts-ignore: decorator
@external("env", "proxy_get_current_time_nanoseconds")
declare function proxy_get_current_time_nanoseconds(timeOut: usize): Status;

/** The time since 1970 in nanoseconds (`hostU64()`): the ABI's own clock, which WASI's has replaced. */
// @ts-ignore: decorator
@inline
export function getCurrentTime(): Status {
  return proxy_get_current_time_nanoseconds(outData());
}
