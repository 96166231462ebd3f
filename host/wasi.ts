import { LogLevel } from "./enums.js";
import { concat, toBytes, toText } from "./text.js";
import type { Vm } from "./vm.js";

const success = 0;
const badFile = 8;
const fault = 21;
const invalid = 28;
const notSupported = 58;

/** The most random bytes at a time. (cpp-host, `limits.h`) */
const mostRandom = 64 * 1024;

const realtime = 0;
const monotonic = 1;

/** WASI as proxy-wasm hosts have it: clocks, randomness, the environment, and writing to the log. */
export function wasi(vm: Vm): Record<string, (...args: never[]) => number | void> {
  const { settings } = vm;
  const environment = Object.entries(settings.env ?? {}).map(([key, value]) => toBytes(`${key}=${value}\0`));
  const memory = () => vm.memory;
  return {
    clock_time_get: (clock: number, _precision: bigint, out: number) => {
      if (clock !== realtime && clock !== monotonic) return notSupported;
      return memory().writeU64(out, settings.clock.now()) ? success : fault;
    },
    random_get: (address: number, size: number) => {
      if (size >>> 0 > mostRandom) return invalid;
      const bytes = new Uint8Array(size >>> 0);
      settings.random(bytes);
      return memory().write(address, bytes) ? success : fault;
    },
    environ_sizes_get: (count: number, size: number) => {
      const written =
        memory().writeU32(count, environment.length) && memory().writeU32(size, concat(environment).length);
      return written ? success : fault;
    },
    environ_get: (pointers: number, text: number) => {
      let at = text;
      for (const [i, entry] of environment.entries()) {
        if (!memory().writeU32(pointers + 4 * i, at) || !memory().write(at, entry)) return fault;
        at += entry.length;
      }
      return success;
    },
    args_sizes_get: (count: number, size: number) =>
      memory().writeU32(count, 0) && memory().writeU32(size, 0) ? success : fault,
    args_get: () => success,
    fd_write: (file: number, vectors: number, count: number, written: number) => {
      if (file !== 1 && file !== 2) return badFile;
      const pieces: Uint8Array[] = [];
      for (let i = 0; i < count; i++) {
        const vector = memory().read(vectors + 8 * i, 8);
        if (vector === undefined) return fault;
        const view = new DataView(vector.buffer);
        const piece = memory().read(view.getUint32(0, true), view.getUint32(4, true));
        if (piece === undefined) return fault;
        pieces.push(piece);
      }
      const text = toText(concat(pieces));
      settings.log(file === 1 ? LogLevel.Info : LogLevel.Error, text.replace(/\n$/, ""));
      return memory().writeU32(written, concat(pieces).length) ? success : fault;
    },
    fd_read: () => badFile,
    fd_seek: () => badFile,
    fd_close: () => badFile,
    fd_fdstat_get: (file: number, out: number) => {
      if (file !== 1 && file !== 2) return badFile;
      return memory().writeU64(out, 0n) && memory().writeU64(out + 8, 64n) && memory().writeU64(out + 16, 0n)
        ? success
        : fault;
    },
    proc_exit: () => settings.log(LogLevel.Error, "wasi_unstable proc_exit"),
  };
}
