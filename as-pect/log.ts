import { slice } from "as-proxy-wasm/assembly/runtime/slice";
import { decodeSlice } from "as-proxy-wasm/assembly/runtime/utf8";

// @ts-ignore: decorator
@external("test", "logLength")
declare function logLength(): i32;

// @ts-ignore: decorator
@external("test", "logLevel")
declare function logLevel(index: i32): i32;

// @ts-ignore: decorator
@external("test", "logSize")
declare function logSize(index: i32): i32;

// @ts-ignore: decorator
@external("test", "logText")
declare function logText(index: i32, target: usize): void;

// @ts-ignore: decorator
@external("test", "clearLog")
declare function clearLog(): void;

/** The lines that were logged since the last look, each as `<level> <text>`; the log is empty afterwards. */
export function takeLog(): string[] {
  const lines: string[] = [];
  for (let i = 0; i < logLength(); i++) {
    const size = logSize(i);
    const target = heap.alloc(size);
    logText(i, target);
    lines.push(logLevel(i).toString() + " " + decodeSlice(slice(target, size)));
    heap.free(target);
  }
  clearLog();
  return lines;
}
