import { libraryFiles } from "assemblyscript/dist/asc.js";
import { recordingHost } from "./support/host.js";

// Specs run on the heap and the collector that plugins have. `apw`'s transform cannot be used for that here: it adds
// the callback exports, and asc finds no transform that a configuration below the top names by its path.
libraryFiles["rt/index-minimal"] = `
  import "as-proxy-wasm/assembly/runtime/heap";
  import "as-proxy-wasm/assembly/runtime/collector";
  export { __new, __renew, __alloc, __realloc, __free } from "as-proxy-wasm/assembly/runtime/heap";
  export { __pin, __unpin, __collect } from "as-proxy-wasm/assembly/runtime/collector";
`;

export default {
  entries: ["tests/unit/**/*.spec.ts"],
  include: [],
  disclude: [/node_modules/],
  async instantiate(_memory, createImports, instantiate, binary) {
    const host = recordingHost(binary);
    const module = await instantiate(binary, createImports(host.imports));
    host.attach(module.exports.memory);
    return module;
  },
  outputBinary: false,
};
