import { abiMarkers, allocators, callbacks, hostcalls, hostcalls010, wasiCalls, wasiModules } from "./abi.js";
import type { Import, WasmModule } from "./module.js";
import { causeOf } from "./rules.js";
import { refusals } from "./wasi-files.js";

/** `0_2_1`, `0_2_0` or `0_1_0`. */
export type AbiVersion = "0_1_0" | "0_2_0" | "0_2_1";

/** The version that a module's marker names; undefined without one that hosts know. */
export function abiVersionOf(exports: readonly string[]): AbiVersion | undefined {
  const marker = exports.find((name) => abiMarkers.includes(name));
  return marker?.slice("proxy_abi_version_".length) as AbiVersion | undefined;
}

/**
 * Why Envoy would not load a module, in its words, each with what mends it; empty when it would. What Envoy puts up with
 * is not here: `breaches` has that too. (cpp-host, `src/wasm.cc`, `src/v8/v8.cc`)
 */
export function loadFailures(module: WasmModule): string[] {
  const functions = module.exports.filter((entry) => entry.kind === "function");
  const version = abiVersionOf(functions.map(({ name }) => name));
  if (version === undefined) {
    return [
      `Missing or unknown Proxy-Wasm ABI version (hosts know ${abiMarkers.join(", ")}: compile a plugin that imports as-proxy-wasm, with its asconfig.json)`,
    ];
  }
  const found = module.imports.flatMap((entry) => importFailures(entry, version));
  const names = new Set(functions.map(({ name }) => name));
  for (const { name, signature } of functions) {
    const wanted = isLookedUp(name, names) ? signatureOf(name, version) : undefined;
    if (wanted === undefined || signature === undefined || signature === wanted) continue;
    found.push(
      `Bad function signature for: ${name}, want: ${inWords(wanted)}, but the module exports: ${inWords(signature)} (declare it as the specification does)`,
    );
  }
  if (!functions.some(({ name }) => allocators.includes(name))) {
    found.push(
      `Wasm module is missing malloc function. (export ${allocators.join(" or ")}: hosts hand data over through it)`,
    );
  }
  return found;
}

/** Whether a host ever looks for an export: markers count by their names, and some names stand in for others. */
function isLookedUp(name: string, names: ReadonlySet<string>): boolean {
  if (abiMarkers.includes(name)) return false;
  if (name === "_start") return !names.has("_initialize");
  if (name === "main") return names.has("_initialize");
  if (name === "__main_void") return names.has("_initialize") && !names.has("main");
  return name !== "proxy_on_memory_allocate" || !names.has("malloc");
}

/** `i32 -> void` for what binaries have as `i32 ->`. */
function inWords(signature: string): string {
  const sides = signature.split("->").map((side) => side.trim() || "void");
  return sides.join(" -> ");
}

/** How Envoy calls an export of a module; undefined when it never does. */
function signatureOf(name: string, version: AbiVersion): string | undefined {
  if (version !== "0_1_0") return callbacks.get(name);
  if (name === "proxy_on_request_headers" || name === "proxy_on_response_headers") return "i32 i32 -> i32";
  return name === "proxy_on_foreign_function" ? undefined : callbacks.get(name);
}

/** The signature of a function that hosts of a version offer; undefined when they do not. */
function offered({ module, name }: Import, version: AbiVersion): string | undefined {
  if (wasiModules.includes(module)) return wasiCalls.get(name) ?? refusals.get(name)?.signature;
  if (module !== "env") return undefined;
  if (hostcalls010.has(name)) return version === "0_1_0" ? hostcalls010.get(name) : undefined;
  if (name === "proxy_get_log_level" && version !== "0_2_1") return undefined;
  if ((name === "proxy_continue_stream" || name === "proxy_close_stream") && version === "0_1_0") {
    return undefined;
  }
  return hostcalls.get(name);
}

function importFailures(entry: Import, version: AbiVersion): string[] {
  const name = `${entry.module}.${entry.name}`;
  // Hosts make memories and tables that a module imports.
  if (entry.kind === "memory" || entry.kind === "table") return [];
  const signature = entry.kind === "function" ? offered(entry, version) : undefined;
  if (signature === undefined) {
    const cause = entry.kind === "function" ? causeOf(entry) : `hosts offer no ${entry.kind}s`;
    return [`Failed to load Wasm module due to a missing import: ${name} (${cause})`];
  }
  if (entry.signature === signature) return [];
  return [
    `Failed to load Wasm module due to an import type mismatch: ${name}, want: ${inWords(entry.signature ?? "")}, but host exports: ${inWords(signature)} (declare it as the specification does)`,
  ];
}
