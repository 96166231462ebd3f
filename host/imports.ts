import { hostcalls } from "./calls/hostcalls.js";
import { mostPages } from "./memory-limit.js";
import { observed } from "./observer.js";
import type { Vm } from "./vm.js";
import { wasi } from "./wasi.js";

type Numbers = (...args: never[]) => number | void;

/** What may be called while the host has the module allocate. (cpp-host, `wasm.h`) */
const whileAllocating = new Set(["proxy_log", "fd_write", "clock_time_get", "poll_oneoff"]);

/** What of `env` and the clocks, randomness and sockets a module may call while it starts. (cpp-host, `src/wasm.cc`) */
const whileStarting = new Set([
  ...["emscripten_notify_memory_growth", "proxy_log", "fd_write"],
  ...["args_get", "args_sizes_get", "environ_get", "environ_sizes_get"],
  ...["clock_time_get", "clock_res_get", "random_get", "poll_oneoff", "fd_fdstat_get"],
  ...["sock_accept", "sock_recv", "sock_send", "sock_shutdown"],
]);

/** WASI's functions for files may be called at the start too, but for these. */
const neverAtStart = new Set(["fd_read", "fd_seek", "fd_close", "path_open"]);

function isAllowed(vm: Vm, name: string): boolean {
  if (vm.restricted === "allocating") return whileAllocating.has(name);
  if (vm.restricted !== "starting" || whileStarting.has(name)) return true;
  return /^(fd|path)_/.test(name) && !neverAtStart.has(name);
}

/** What a VM offers its module: just what it imports. */
export function makeImports(vm: Vm): WebAssembly.Imports {
  const env: Record<string, Numbers> = hostcalls(vm);
  const system: Record<string, Numbers> = wasi(vm);
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  let tables = 0;
  for (const { module, name, kind } of WebAssembly.Module.imports(vm.guest.module)) {
    const into = (imports[module] ??= {});
    if (kind === "memory") into[name] = vm.importedMemory = new WebAssembly.Memory(limits(vm));
    else if (kind === "table")
      into[name] = new WebAssembly.Table({ element: "anyfunc", ...(vm.guest.tables[tables++] ?? none) });
    else into[name] = guarded(vm, name, module === "env" ? env[name] : system[name]);
  }
  return imports;
}

const none = { initial: 0 };

function limits({ guest: { memory } }: Vm): WebAssembly.MemoryDescriptor {
  const { initial, maximum } = memory;
  return maximum === undefined ? { initial } : { initial, maximum: Math.min(maximum, mostPages) };
}

function guarded(vm: Vm, name: string, known: Numbers | undefined): (...args: number[]) => number | void {
  if (known === undefined) throw new Error(`Failed to load Wasm module due to a missing import: ${name}`);
  const call = known as (...args: number[]) => number | void;
  const checked = (...args: number[]) => {
    if (!vm.hasStarted) throw new Error(`${name} was called by the start section, which crashes Envoy`);
    if (!isAllowed(vm, name)) throw new Error(`restricted_callback (${name})`);
    return call(...args);
  };
  const { observer } = vm.settings;
  if (observer === undefined) return checked;
  return (...args) =>
    observed(observer, vm.observedCall("module", name, args), () => checked(...args) ?? undefined);
}
