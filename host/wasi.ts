import { LogLevel } from "./enums.js";
import { concat, toBytes, toText } from "./text.js";
import type { Vm } from "./vm.js";
import { refusals } from "./wasi-files.js";

const success = 0;
const badFile = 8;
const fault = 21;
const invalid = 28;
const noSystem = 52;
const notSupported = 58;

/** The most random bytes at a time. (cpp-host, `limits.h`) */
const mostRandom = 64 * 1024;

const isClock = (clock: number) => clock === 0 || clock === 1;

/** WASI as Envoy has it: clocks, randomness, the environment, and writing to the log. (cpp-host, `src/exports.cc`) */
export function wasi(vm: Vm): Record<string, (...args: never[]) => number | void> {
  const { settings } = vm;
  const environment = Object.entries(settings.env ?? {}).map(([key, value]) => toBytes(`${key}=${value}\0`));
  const memory = () => vm.memory;
  const done = (written: boolean) => (written ? success : fault);
  const refused = [...refusals].map(([name, { errno }]) => [name, () => errno] as const);
  return {
    ...Object.fromEntries(refused),
    clock_time_get: (clock: number, _precision: bigint, out: number) =>
      isClock(clock) ? done(memory().writeU64(out, settings.clock.now())) : notSupported,
    clock_res_get: (clock: number, out: number) =>
      isClock(clock) ? done(memory().writeU64(out, 1n)) : notSupported,
    random_get: (address: number, size: number) => {
      if (size >>> 0 > mostRandom) return invalid;
      const bytes = new Uint8Array(size >>> 0);
      settings.random(bytes);
      return done(memory().write(address, bytes));
    },
    environ_sizes_get: (count: number, size: number) =>
      done(
        memory().writeU32(count, environment.length) && memory().writeU32(size, concat(environment).length),
      ),
    environ_get: (pointers: number, text: number) => {
      let at = text;
      for (const [i, entry] of environment.entries()) {
        if (!memory().writeU32(pointers + 4 * i, at) || !memory().write(at, entry)) return fault;
        at += entry.length;
      }
      return success;
    },
    args_sizes_get: (count: number, size: number) =>
      done(memory().writeU32(count, 0) && memory().writeU32(size, 0)),
    args_get: () => success,
    fd_write: (file: number, vectors: number, count: number, written: number) =>
      writeToLog(vm, file, vectors, count, written),
    fd_read: () => noSystem,
    fd_seek: () => success,
    fd_close: () => success,
    fd_fdstat_get: (file: number, out: number) => {
      if (file !== 1 && file !== 2) return badFile;
      const mayWrite = 64n;
      return done(
        memory().writeU64(out, 0n) && memory().writeU64(out + 8, mayWrite) && memory().writeU64(out + 16, 0n),
      );
    },
    poll_oneoff: (_in: number, _out: number, _count: number, events: number) =>
      done(memory().writeU32(events, 0)),
    // Envoy says so in its trace and returns.
    proc_exit: () => settings.log(LogLevel.Trace, "wasi_unstable proc_exit"),
  };
}

/** Standard output is a line of the log at `info`, standard error one at `error`. */
function writeToLog(vm: Vm, file: number, vectors: number, count: number, written: number): number {
  if (file !== 1 && file !== 2) return badFile;
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < count >>> 0; i++) {
    const vector = vm.memory.read(vectors + 8 * i, 8);
    if (vector === undefined) return fault;
    const view = new DataView(vector.buffer);
    const piece = vm.memory.read(view.getUint32(0, true), view.getUint32(4, true));
    if (piece === undefined) return fault;
    pieces.push(piece);
  }
  const bytes = concat(pieces);
  if (bytes.length > 0) {
    vm.settings.log(file === 1 ? LogLevel.Info : LogLevel.Error, toText(bytes).replace(/\n$/, ""));
  }
  return vm.memory.writeU32(written, bytes.length) ? success : fault;
}
