import type { ScriptedHost } from "./scripted-host.js";

/** The few WASI functions that plugins import: the host's clock, the same random bytes each time, no environment. */
export function wasi(host: ScriptedHost): WebAssembly.ModuleImports {
  return {
    clock_time_get(_clock: number, _precision: bigint, target: number) {
      host.store(target, "u64", host.clock);
      return 0;
    },
    random_get(address: number, size: number) {
      new Uint8Array(host.memory.buffer, address, size).fill(0x5a);
      return 0;
    },
    environ_sizes_get(count: number, size: number) {
      host.store(count, "u32", 0);
      host.store(size, "u32", 0);
      return 0;
    },
    environ_get: () => 0,
    args_sizes_get(count: number, size: number) {
      host.store(count, "u32", 0);
      host.store(size, "u32", 0);
      return 0;
    },
    args_get: () => 0,
    fd_write: () => 8,
    proc_exit: () => undefined,
  };
}
