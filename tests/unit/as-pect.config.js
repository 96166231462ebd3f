import { recordingHost } from "./support/host.js";

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
