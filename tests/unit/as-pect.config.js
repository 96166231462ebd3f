import forPlugins from "as-proxy-wasm/as-pect";
import { proxyHost } from "./proxy-host.js";

export default {
  ...forPlugins,
  entries: ["tests/unit/**/*.spec.ts"],
  async instantiate(memory, createImports, instantiate, binary) {
    const host = proxyHost();
    const withProxy = (imports) => createImports(host.into(imports));
    const module = await forPlugins.instantiate(memory, withProxy, instantiate, binary);
    host.attach(module.exports);
    return module;
  },
};
