import { Status } from "../abi/status";
import { Clock, clockTime, getCurrentTime } from "../abi/timers";
import { hostU64 } from "../abi/out";
import { unexpected } from "./failure";

/** The time since 1970 in nanoseconds, by the host's clock. 0 where it has none. */
export function now(): u64 {
  return clockTime(Clock.Realtime) == 0 ? hostU64() : 0;
}

/** A time in nanoseconds that never goes back, for measuring. 0 where the host has no such clock. */
export function monotonicNow(): u64 {
  return clockTime(Clock.Monotonic) == 0 ? hostU64() : 0;
}

/** As `now`, by the ABI's own clock, for hosts that lack WASI's. (ABI 0.2.1, `proxy_get_current_time_nanoseconds`) */
export function hostTime(): u64 {
  const status = getCurrentTime();
  if (status == Status.Ok) return hostU64();
  unexpected("proxy_get_current_time_nanoseconds", status);
  return 0;
}
