import { Type } from "assemblyscript";
import { dropUnusedCallbacks, registersSeveral, tellsStreams } from "./callbacks.js";
import { packData } from "./data.js";
import { defineDefaults, keepEntries } from "./json-as.js";
import { addSources, replaceRuntime } from "./sources.js";

/**
 * What `asc` does more for a proxy-wasm plugin than for any other program:
 * - the callback exports come in by themselves, and those that no context overrides go out again, so that the host
 *   does not cross into the VM for nothing;
 * - the SDK's heap and collector stand in the place of asc's;
 * - `Date`, `process.env`, `crypto` and `performance` come from the WASI shim;
 * - json-as compiles without its own transform, and with it in either order.
 *
 * asc sets `program`, `baseDir` and the like on the prototype before it calls anything here.
 */
export default class ProxyWasmTransform {
  /** Whether names are kept, and nothing is to be packed. */
  #debug = false;

  constructor() {
    keepEntries(/** @type {any} */ (this).program);
  }

  /** @param {import("assemblyscript").Parser} parser */
  afterParse(parser) {
    replaceRuntime(parser);
    addSources(parser);
  }

  /** @param {import("assemblyscript").Program} program */
  afterInitialize(program) {
    requireOptions(program.options);
    defineDefaults(program);
    this.#debug = program.options.debugInfo;
    if (this.#debug) define(program, "APW_DEBUG", 1);
    if (registersSeveral(program)) define(program, "APW_SEVERAL_PLUGINS", 1);
    if (tellsStreams(program)) define(program, "APW_STREAMS_ARE_TOLD", 1);
    dropUnusedCallbacks(program);
  }

  /** @param {any} module the module as binaryen has it, not yet optimised */
  afterCompile(module) {
    if (!this.#debug) packData(module, /** @type {any} */ (this).binaryen);
  }
}

/**
 * Gives the program a constant that `isDefined` sees, unless it has it.
 *
 * @param {import("assemblyscript").Program} program
 * @param {string} name
 * @param {number} value
 */
function define(program, name, value) {
  if (!program.elementsByName.has(name))
    program.registerConstantInteger(name, Type.i32, globalThis.i64_new(value));
}

/**
 * Without these options a module compiles and then crashes or leaks, so their absence is an error here.
 *
 * @param {import("assemblyscript").Options} options
 */
function requireOptions(options) {
  const missing = [];
  if (options.exportStart !== "_initialize") missing.push('"exportStart": "_initialize"');
  if (options.runtime !== 1) missing.push('"runtime": "minimal"');
  if (!options.globalAliases?.has("abort")) missing.push('"use": ["abort=proxyAbort", ...]');
  if (missing.length === 0) return;
  const error = new Error();
  error.stack =
    `as-proxy-wasm: the compiler options lack ${missing.join(", ")}. ` +
    'Put "extends": "as-proxy-wasm/asconfig.json" into your asconfig.json.';
  throw error;
}
