import { libraryFiles } from "assemblyscript/dist/asc.js";
import { recordingHost } from "./host.js";

// Specs run on the heap and the collector that plugins have. `apw`'s transform cannot be used for that here: it adds
// the callback exports, and asc finds no transform that a configuration below the top names by its path.
libraryFiles["rt/index-minimal"] = `
  import "as-proxy-wasm/assembly/runtime/heap";
  import "as-proxy-wasm/assembly/runtime/collector";
  export { __new, __renew, __alloc, __realloc, __free } from "as-proxy-wasm/assembly/runtime/heap";
  export { __pin, __unpin, __collect } from "as-proxy-wasm/assembly/runtime/collector";
`;

/** @typedef {{ exports: { memory: WebAssembly.Memory } }} Instance */

/**
 * A configuration of as-pect for the specs of plugins: `export { default } from "as-proxy-wasm/as-pect";` is the whole
 * `as-pect.config.js` of a project. They lie in `tests/`, and may use the SDK.
 */
export default {
  entries: ["tests/**/*.spec.ts"],
  include: [],
  disclude: [/node_modules/],
  /**
   * @param {WebAssembly.Memory} _memory
   * @param {(imports: object) => WebAssembly.Imports} createImports
   * @param {(binary: BufferSource, imports: WebAssembly.Imports) => Promise<Instance>} instantiate
   * @param {Uint8Array<ArrayBuffer>} binary
   */
  async instantiate(_memory, createImports, instantiate, binary) {
    const host = recordingHost(binary);
    const module = await instantiate(binary, createImports(host.imports));
    host.attach(module.exports.memory);
    return module;
  },
  outputBinary: false,
};
