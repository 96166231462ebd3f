import { abiMarkers, allocators, callbacks, hostcalls, since021, wasiCalls, wasiModules } from "./abi.js";
import type { Import, WasmModule } from "./module.js";
import { nearest } from "./nearest.js";

/**
 * Why a proxy-wasm host would not load this module, a sentence each with the likely cause; empty when it would.
 * The rules are those of Envoy (proxy-wasm-cpp-host `src/wasm.cc`, `src/v8/v8.cc`).
 */
export function breaches(module: WasmModule): string[] {
  return [
    ...markerBreaches(module),
    ...module.imports.flatMap((entry) => importBreaches(entry, module)),
    ...startBreaches(module),
    ...memoryBreaches(module),
    ...callbackBreaches(module),
  ];
}

function exportedFunctions(module: WasmModule): Map<string, string> {
  return new Map(
    module.exports
      .filter((entry) => entry.kind === "function")
      .map((entry) => [entry.name, entry.signature ?? ""]),
  );
}

function markerBreaches(module: WasmModule): string[] {
  const found = module.exports
    .map((entry) => entry.name)
    .filter((name) => name.startsWith("proxy_abi_version_"));
  const known = found.filter((name) => abiMarkers.includes(name));
  if (found.length === 0) {
    return [
      "no ABI marker is exported (proxy_abi_version_0_2_1): compile a plugin that imports as-proxy-wasm, with its asconfig.json",
    ];
  }
  if (known.length === 0)
    return [`the ABI marker ${found.join(", ")} is unknown to hosts: they know ${abiMarkers.join(", ")}`];
  if (found.length > 1) return [`more than one ABI marker is exported (${found.join(", ")}): keep one`];
  return [];
}

const missingGlobals: [RegExp, string][] = [
  [/^abort$/, "abort is not aliased"],
  [/^seed$/, "Math.random is not aliased"],
  [/^trace$/, "trace is not aliased"],
  [/^console\./, "console is not aliased"],
  [/^Date\./, "Date is not aliased"],
  [/^performance\./, "performance is not aliased"],
  [/^process\./, "process is not aliased"],
  [/^crypto\./, "crypto is not aliased"],
];

const removedHostcalls = new Map([
  ["proxy_get_configuration", "read the buffer of the plugin configuration instead"],
  ["proxy_continue_request", "it became proxy_continue_stream"],
  ["proxy_continue_response", "it became proxy_continue_stream"],
  ["proxy_clear_route_cache", "it became the foreign function clear_route_cache"],
]);

function importBreaches(entry: Import, module: WasmModule): string[] {
  const name = `${entry.module}.${entry.name}`;
  if (entry.kind === "global") return [`${name} imports a global: hosts offer functions only`];
  if (entry.kind !== "function") return [];
  const offered =
    entry.module === "env" ? hostcalls : wasiModules.includes(entry.module) ? wasiCalls : undefined;
  const wanted = offered?.get(entry.name);
  if (wanted === undefined) return [`${name} is imported, and no host has it: ${causeOf(entry)}`];
  if (entry.signature !== wanted)
    return [`${name} is imported as (${entry.signature}), hosts have (${wanted})`];
  if (since021.has(entry.name) && !module.exports.some((other) => other.name === "proxy_abi_version_0_2_1")) {
    return [`${name} is imported, which hosts offer to modules with the marker proxy_abi_version_0_2_1 only`];
  }
  return [];
}

/** Other runtimes' imports, by `module.name`, and what leads to a module without them. */
const otherRuntimes: [RegExp, string][] = [
  [
    /^(__wbindgen|wbg\.|\.\/.*_bg\.js)|\.__wbindgen_/,
    "it is wasm-bindgen's, for browsers: a dependency asks for JavaScript (js-sys, a `js` or `wasmbind` feature); build for wasm32-wasip1 without it",
  ],
  [
    /^(gojs|go)\./,
    "it is of Go's runtime for browsers: build with GOOS=wasip1 GOARCH=wasm -buildmode=c-shared, or with TinyGo's -target=wasip1",
  ],
  [
    /^wasi:|^wasi_.*preview2|@\d+\.\d+\.\d+\./,
    "it is of WASI's second preview, which components have: build a core module for wasm32-wasip1",
  ],
  [
    /^env\.(_?emscripten_|_?invoke_|__cxa_|__syscall|_?setTempRet0|getTempRet0|_?setThrew|__assert_fail|_abort)/,
    "it is of Emscripten's runtime in JavaScript: link with -sSTANDALONE_WASM and the C++ SDK's proxy_wasm_intrinsics.js",
  ],
];

/** The likely cause of an import that no host has. */
export function causeOf(entry: Import): string {
  const moved = removedHostcalls.get(entry.name);
  if (moved !== undefined) return `it belongs to ABI 0.1.0; ${moved}`;
  const alias = missingGlobals.find(([pattern]) => pattern.test(entry.name));
  if (entry.module === "env" && alias) {
    return `${alias[1]}; compile with \`"extends": "as-proxy-wasm/asconfig.json"\` and see that the file is found, or with \`--use ${entry.name.split(".")[0]}=<your own>\` on another SDK`;
  }
  const runtime = otherRuntimes.find(([pattern]) => pattern.test(`${entry.module}.${entry.name}`));
  if (runtime) return runtime[1];
  if (entry.module !== "env" && hostcalls.has(entry.name)) {
    return `hosts have it in the module env: declare it with @external("env", "${entry.name}")`;
  }
  if (wasiModules.includes(entry.module)) {
    return "of WASI, hosts document clocks, random, environment and fd_write only";
  }
  if (entry.module === "env" && hostcalls.has(entry.name)) {
    return `hosts offer it to modules of a later ABI version than this one's marker names`;
  }
  const [meant] = entry.module === "env" ? nearest(entry.name, [...hostcalls.keys()]) : [];
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (entry.name.startsWith("proxy_")) return "another host's extension, or a later version of the ABI";
  return "a function that is declared and not defined becomes an import";
}

function startBreaches(module: WasmModule): string[] {
  const found: string[] = [];
  if (module.hasStart) {
    found.push(
      "there is a start section: it runs before the host is ready, and a hostcall in it crashes Envoy; compile with `--exportStart _initialize`, as our asconfig.json does",
    );
  }
  const functions = exportedFunctions(module);
  if (functions.has("_initialize") && functions.has("_start")) {
    found.push("both _initialize and _start are exported: hosts call _initialize and never _start");
  }
  return found;
}

function memoryBreaches(module: WasmModule): string[] {
  const found: string[] = [];
  if (!module.exports.some((entry) => entry.kind === "memory" && entry.name === "memory")) {
    found.push("no memory is exported as `memory`: hosts read and write through it");
  }
  const functions = exportedFunctions(module);
  if (!allocators.some((name) => functions.has(name))) {
    found.push(`no allocator is exported (${allocators.join(" or ")}): hosts need one to hand data over`);
  }
  return found;
}

/** As the ABI writes callbacks, and as its first drafts and some compilers did. */
const looksLikeCallback = /^_?proxy_?on(_|[A-Z])/;

function spelling(name: string): string {
  const inSnakeCase = name.replace(/^_/, "").replace(/([a-z])([A-Z])/g, "$1_$2");
  const [meant] = nearest(inSnakeCase, [...callbacks.keys()]);
  return meant === undefined ? "is the name spelt right?" : `did you mean ${meant}?`;
}

/** What is exported like a callback, and called by no host: a sentence each. */
export function idleCallbacks(module: WasmModule): string[] {
  return callbackBreaches(module).filter((breach) => breach.includes("no host calls it"));
}

function callbackBreaches(module: WasmModule): string[] {
  return [...exportedFunctions(module)].flatMap(([name, signature]) => {
    const wanted = callbacks.get(name);
    if (wanted !== undefined && signature !== wanted) {
      return [`${name} is exported as (${signature}), hosts call it as (${wanted})`];
    }
    if (wanted === undefined && looksLikeCallback.test(name)) {
      return [`${name} is exported, and no host calls it: ${spelling(name)}`];
    }
    return [];
  });
}
