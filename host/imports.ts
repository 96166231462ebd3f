import { hostcalls } from "./hostcalls.js";
import type { Vm } from "./vm.js";
import { wasi } from "./wasi.js";

type Numbers = (...args: never[]) => number | void;

/** What a module may call while it starts. (cpp-host, `src/wasm.cc`; anything else traps) */
const whileStarting = new Set([
  "proxy_log",
  "proxy_get_log_level",
  "proxy_get_current_time_nanoseconds",
  ...["fd_write", "args_get", "args_sizes_get", "environ_get", "environ_sizes_get"],
  ...["clock_time_get", "random_get", "proc_exit"],
]);

/** The functions that a VM offers its module: just those that it imports. */
export function makeImports(vm: Vm): WebAssembly.Imports {
  const env: Record<string, Numbers> = hostcalls(vm);
  const system: Record<string, Numbers> = wasi(vm);
  const imports: Record<string, Record<string, Numbers>> = {};
  for (const { module, name } of WebAssembly.Module.imports(vm.guest.module)) {
    const known = module === "env" ? env[name] : system[name];
    if (known === undefined)
      throw new Error(`Failed to load Wasm module due to a missing import: ${module}.${name}`);
    const call = known as (...args: number[]) => number | void;
    imports[module] ??= {};
    imports[module][name] = (...args: number[]) => {
      if (vm.starting && !whileStarting.has(name)) throw new Error(`restricted_callback: ${name}`);
      return call(...args);
    };
  }
  return imports;
}
