import type { Guest } from "./guest.js";
import { functionNames } from "./names.js";

const frame = /wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;

/**
 * The functions that a module was in when it trapped, and where in its bytes, as Envoy writes them behind what it says of
 * the trap: only of modules that have the names of their functions. Empty for others. (cpp-host, `V8::getFailMessage`)
 */
export function backtrace(error: unknown, { module, codeShift }: Guest): string {
  const [section] = WebAssembly.Module.customSections(module, "name");
  if (section === undefined || !(error instanceof Error)) return "";
  const names = functionNames(new Uint8Array(section));
  if (names.size === 0) return "";
  const frames = (error.stack ?? "").split("\n").flatMap((line) => {
    const [, index, offset] = frame.exec(line) ?? [];
    if (index === undefined || offset === undefined) return [];
    const name = names.get(Number(index)) ?? `unknown(function index:${index})`;
    return [`0x${(parseInt(offset, 16) - codeShift).toString(16)} - ${name}`];
  });
  const lines = frames.map((text, index) => `\n${String(index).padStart(3)}:  ${text}`);
  return `\nProxy-Wasm plugin in-VM backtrace:${lines.join("")}`;
}
