import type { Compiled } from "./compile.js";
import { abiMarkers, callbacks } from "../host/abi.js";
import { table } from "./table.js";

/** What was built, a row a module. */
export function buildTable(modules: Compiled[]): string {
  return table(
    ["module", "size", "gzip", "imports", "exported callbacks", "sha256"],
    modules.map(({ name, module }) => [
      `${name}.wasm`,
      module.size,
      module.gzipSize,
      module.imports
        .map((entry) => (entry.module === "env" ? entry.name : `${entry.module}.${entry.name}`))
        .join("\n"),
      exportedCallbacks(module.exports.map((entry) => entry.name)).join("\n"),
      module.sha256.slice(0, 16),
    ]),
  );
}

/** The names that the host calls for an event: not the marker, the allocator or the initialisation. */
export function exportedCallbacks(names: string[]): string[] {
  const setUp = new Set([...abiMarkers, "_initialize", "_start", "malloc", "proxy_on_memory_allocate"]);
  return names.filter((name) => callbacks.has(name) && !setUp.has(name));
}

/** The rules that modules break, a line each; empty when they keep them all. */
export function breachLines(modules: Compiled[]): string[] {
  return modules.flatMap(({ name, breaches }) => breaches.map((breach) => `${name}.wasm: ${breach}`));
}
