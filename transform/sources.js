import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** The SDK's files that a program needs though it does not import them. */
const GLOBALS = ["assembly/runtime/abort", "assembly/runtime/console"];
const RUNTIME = ["assembly/runtime/heap", "assembly/runtime/collector"];

/** What they stand for. */
const ASC_RUNTIME = ["~lib/rt/tlsf", "~lib/rt/tcms"];

/** The shim's files that stand for global names, and what they import. */
const SHIM = ["wasi_crypto", "wasi_date", "wasi_internal", "wasi_performance", "wasi_process"];
const SHIM_BINDINGS = "bindings/wasi_snapshot_preview1";

/** The file whose exports are the module's callbacks. */
export const EXPORTS = "~lib/as-proxy-wasm/assembly/exports";

/**
 * Adds the callback exports, the global functions of the SDK and the WASI shim to what was parsed.
 *
 * @param {import("assemblyscript").Parser} parser
 */
export function addSources(parser) {
  addGlobals(parser);
  parser.parseFile(read(join(PACKAGE, "assembly/exports.ts")), `${EXPORTS}.ts`, true);
}

/**
 * Adds what the `use` options name, and no export.
 *
 * @param {import("assemblyscript").Parser} parser
 */
export function addGlobals(parser) {
  parse(parser, GLOBALS);
  const shim = join(
    dirname(createRequire(import.meta.url).resolve("@assemblyscript/wasi-shim/asconfig.json")),
    "assembly",
  );
  for (const file of [...SHIM, SHIM_BINDINGS]) {
    parser.parseFile(read(join(shim, `${file}.ts`)), `~lib/${file}.ts`, false);
  }
}

/**
 * Puts the SDK's heap and collector in the place of those of asc's minimal runtime.
 *
 * @param {import("assemblyscript").Parser} parser
 */
export function replaceRuntime(parser) {
  for (const source of parser.sources) {
    if (ASC_RUNTIME.includes(source.internalPath)) source.statements.length = 0;
  }
  parse(parser, RUNTIME);
}

/**
 * @param {import("assemblyscript").Parser} parser
 * @param {string[]} files
 */
function parse(parser, files) {
  for (const file of files) {
    parser.parseFile(read(join(PACKAGE, `${file}.ts`)), `~lib/as-proxy-wasm/${file}.ts`, false);
  }
}

/** @param {string} path */
function read(path) {
  return readFileSync(path, "utf8");
}
