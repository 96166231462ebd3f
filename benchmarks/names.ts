/** The workloads, in the order of the report. */
export const workloadNames = [
  "noop",
  "headers",
  "transform",
  "basic-auth",
  "body",
  "callout",
  "counter",
  "json",
] as const;

export type WorkloadName = (typeof workloadNames)[number];

/** Who does the work, in the order of the report. */
export const peerNames = [
  "as-proxy-wasm",
  "as-proxy-wasm-speed",
  "rust",
  "go",
  "old-assemblyscript",
  "floor",
  "lua",
  "native",
] as const;

export type PeerName = (typeof peerNames)[number];

/** Those whose work lies in a module. */
export const modulePeers = [
  "as-proxy-wasm",
  "as-proxy-wasm-speed",
  "rust",
  "go",
  "old-assemblyscript",
  "floor",
] as const;

export const titles: Record<PeerName, string> = {
  "as-proxy-wasm": "as-proxy-wasm",
  "as-proxy-wasm-speed": "as-proxy-wasm, --speed",
  rust: "Rust SDK",
  go: "Go SDK",
  "old-assemblyscript": "old AssemblyScript SDK",
  floor: "floor",
  lua: "Lua",
  native: "native filter",
};
