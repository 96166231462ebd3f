import forPlugins from "as-proxy-wasm/as-pect";

export default { ...forPlugins, entries: ["tests/unit/**/*.spec.ts"] };
