import { LogLevel, Status } from "../enums.js";
import { noBytes } from "../text.js";
import type { Access, Hostcalls } from "./access.js";

/** The log, clocks, timers, contexts. */
export function generalCalls(access: Access): Hostcalls {
  const { vm } = access;
  const { settings } = vm;
  return {
    proxy_log: (level: LogLevel, address: number, size: number) => {
      if (!(level in LogLevel)) return Status.BadArgument;
      const message = access.text(address, size);
      if (message === undefined) return Status.InvalidMemoryAccess;
      settings.log(level, message);
      return Status.Ok;
    },
    proxy_get_log_level: (out: number) => access.giveU32(settings.logLevel ?? LogLevel.Info, out),
    proxy_get_current_time_nanoseconds: (out: number) => access.giveU64(settings.clock.now(), out),
    proxy_set_tick_period_milliseconds: (milliseconds: number) => {
      access.root?.timer.set(milliseconds >>> 0);
      return Status.Ok;
    },
    proxy_set_effective_context: (id: number) => {
      // 0 is the VM's own context, and as the effective one means the current one.
      if (id !== 0 && !vm.contexts.has(id >>> 0)) return Status.BadArgument;
      vm.effectiveId = id >>> 0;
      return Status.Ok;
    },
    proxy_done: () => access.root?.done() ?? Status.NotFound,
    proxy_get_status: (out: number, data: number, size: number) => {
      const { code, message } = access.root?.callStatus ?? { code: 0, message: noBytes };
      return access.giveU32(code, out) || access.give(message, data, size);
    },
    /** ABI 0.1.0. */
    proxy_get_configuration: (data: number, size: number) =>
      access.give(access.root?.currentConfiguration ?? noBytes, data, size),
    pthread_equal: (left: number, right: number) => (left === right ? 1 : 0),
    emscripten_notify_memory_growth: () => {},
  };
}
