import { abiMarkers, allocators, wasiCalls, wasiModules } from "../../host/abi.js";
import { abiVersionOf } from "../../host/linking.js";
import type { WasmModule } from "../../host/module.js";
import { idleCallbacks } from "../../host/rules.js";

/** `fault`: Envoy does not load it, or does not survive it. `warning`: it loads, and something is not as it should be. */
export interface Finding {
  level: "well" | "note" | "warning" | "fault";
  text: string;
  /** What to do about it. */
  remedy?: string;
}

const pageSize = 65536;
const mostPages = 16384;

/** What there is to say of a module from what is in the file, apart from what makes Envoy refuse it. */
export function findingsIn(module: WasmModule): Finding[] {
  return [
    ...ofAbi(module),
    ...ofImports(module),
    ...ofStart(module),
    ...ofMemory(module),
    ...ofAllocator(module),
    ...idleCallbacks(module).map((text): Finding => ({ level: "warning", text })),
    ...ofSections(module),
  ];
}

const functionsOf = (module: WasmModule) =>
  new Set(module.exports.filter(({ kind }) => kind === "function").map(({ name }) => name));

function ofAbi(module: WasmModule): Finding[] {
  const markers = [...functionsOf(module)].filter((name) => name.startsWith("proxy_abi_version_"));
  const version = abiVersionOf(markers);
  if (version === undefined) return [];
  const text = `speaks ABI ${version.replaceAll("_", ".")}`;
  if (markers.length > 1) {
    const remedy = `Envoy goes by the first it knows, other hosts may not: export one of ${abiMarkers.join(", ")}`;
    return [{ level: "warning", text: `${text}, and has several markers: ${markers.join(", ")}`, remedy }];
  }
  if (version === "0_1_0") {
    const remedy = "build it with a present SDK: hosts other than Envoy have dropped this version";
    return [{ level: "warning", text: `${text}, of 2020`, remedy }];
  }
  return [{ level: "well", text }];
}

function ofImports({ imports }: WasmModule): Finding[] {
  const functions = imports.filter(({ kind }) => kind === "function");
  const found: Finding[] = [{ level: "well", text: `imports ${functions.length} functions` }];
  const rare = functions.filter(({ module, name }) => wasiModules.includes(module) && !wasiCalls.has(name));
  if (rare.length > 0) {
    found.push({
      level: "warning",
      text: `imports ${rare.map(({ name }) => name).join(", ")} of WASI, which few hosts have`,
      remedy: "Envoy answers them with an error; drop what reads files or opens sockets",
    });
  }
  for (const { module, name, kind } of imports) {
    if (kind !== "memory" && kind !== "table") continue;
    const remedy = `have the module define its ${kind} (asc: without --import${kind === "memory" ? "Memory" : "Table"})`;
    found.push({
      level: "warning",
      text: `imports its ${kind} (${module}.${name}), which few hosts give`,
      remedy,
    });
  }
  return found;
}

function ofStart(module: WasmModule): Finding[] {
  const functions = functionsOf(module);
  const found: Finding[] = [];
  if (module.hasStart) {
    found.push({
      level: "warning",
      text: "has a start section: its code runs before the host is ready, and a hostcall there crashes Envoy",
      remedy: "compile with `--exportStart _initialize`, as as-proxy-wasm's asconfig.json does",
    });
  }
  if (functions.has("_initialize") && functions.has("_start")) {
    const remedy = "build it as a library (a reactor), or export _start alone";
    found.push({ level: "warning", text: "exports _start, which is not called beside _initialize", remedy });
  } else if (functions.has("_initialize")) {
    const main = ["main", "__main_void"].find((name) => functions.has(name));
    found.push({ level: "well", text: `starts with _initialize${main ? `, then ${main}` : ""}` });
  } else if (functions.has("_start")) {
    found.push({ level: "well", text: "starts with _start" });
  } else if (!module.hasStart) {
    found.push({
      level: "note",
      text: "has no _initialize and no _start: no code of it runs before its callbacks",
    });
  }
  return found;
}

function ofMemory({ memory, imports, exports }: WasmModule): Finding[] {
  const exported = exports.find(({ kind }) => kind === "memory");
  const isImported = imports.some(({ kind }) => kind === "memory");
  if (memory === undefined || (exported === undefined && !isImported)) {
    return [
      {
        level: "fault",
        text: "exports no memory: Envoy loads it, and crashes in the first hostcall or callback that hands something over",
        remedy: "export the memory under the name `memory` (asc: without --noExportMemory)",
      },
    ];
  }
  const { initial, maximum } = memory;
  const most = Math.min(maximum ?? mostPages, mostPages);
  const text = `has a memory of ${initial} page${initial === 1 ? "" : "s"} (${amount(initial)}), which may grow to ${amount(most)}`;
  const found: Finding[] = [{ level: "well", text }];
  if (exported !== undefined && exported.name !== "memory") {
    const remedy = "export it as `memory`: hosts other than Envoy look for that name";
    found.push({ level: "warning", text: `exports its memory as ${exported.name}`, remedy });
  }
  return found;
}

const amount = (pages: number) =>
  pages < 16
    ? `${(pages * pageSize) / 1024} KiB`
    : `${Number(((pages * pageSize) / 2 ** 20).toFixed(1))} MiB`;

function ofAllocator(module: WasmModule): Finding[] {
  const functions = functionsOf(module);
  // In the order in which Envoy looks for them.
  const used = allocators.find((name) => functions.has(name));
  return used === undefined
    ? []
    : [{ level: "well", text: `gets its memory for the host's data by ${used}` }];
}

function ofSections({ customSections }: WasmModule): Finding[] {
  const found: Finding[] = [];
  if (customSections.includes("name"))
    found.push({ level: "note", text: "has names for the traces of traps" });
  else {
    const remedy = "a build with names (apw build --debug) shows functions by name";
    found.push({ level: "note", text: "has no names: the trace of a trap shows numbers", remedy });
  }
  const precompiled = customSections.filter((name) => name.startsWith("precompiled_"));
  if (precompiled.length > 0) {
    found.push({
      level: "note",
      text: `has machine code in it (${precompiled.join(", ")})`,
      remedy:
        "Envoy runs that only with allow_precompiled in vm_config, and where the version of its engine fits",
    });
  }
  return found;
}
