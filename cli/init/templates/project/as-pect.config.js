export { default } from "as-proxy-wasm/as-pect";
