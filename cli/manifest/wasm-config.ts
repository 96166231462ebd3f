import type { Deployment } from "./deployment.js";

const prefix = "type.googleapis.com/";

export const filterType = {
  HTTP: `${prefix}envoy.extensions.filters.http.wasm.v3.Wasm`,
  NETWORK: `${prefix}envoy.extensions.filters.network.wasm.v3.Wasm`,
} as const;

const policies = { FAIL_OPEN: "FAIL_OPEN", FAIL_CLOSE: "FAIL_CLOSED", FAIL_RELOAD: "FAIL_RELOAD" } as const;

/** A plugin as the `typed_config` of Envoy's Wasm filter; `code` says where the module is. */
export function wasmConfig(deployment: Deployment, code: object): { "@type": string; config: object } {
  const { type, plugin, config, failStrategy, env, holdsHeaders, name } = deployment;
  const keyValues = env
    .filter((entry) => entry.valueFrom !== "HOST")
    .map((entry) => [entry.name, entry.value ?? ""]);
  const hostKeys = env.filter((entry) => entry.valueFrom === "HOST").map((entry) => entry.name);
  return {
    "@type": filterType[type],
    config: {
      name,
      root_id: plugin,
      failure_policy: policies[failStrategy as keyof typeof policies],
      ...(holdsHeaders && { allow_on_headers_stop_iteration: true }),
      vm_config: {
        vm_id: name,
        runtime: "envoy.wasm.runtime.v8",
        code,
        ...(env.length > 0 && {
          environment_variables: {
            ...(hostKeys.length > 0 && { host_env_keys: hostKeys }),
            ...(keyValues.length > 0 && {
              key_values: Object.fromEntries(keyValues) as Record<string, string>,
            }),
          },
        }),
      },
      ...(config !== undefined && {
        configuration: {
          "@type": `${prefix}google.protobuf.StringValue`,
          value: `${JSON.stringify(config, null, 2)}\n`,
        },
      }),
    },
  };
}

/** Code that Envoy fetches itself, through one of its clusters. */
export function remoteCode(url: string, sha256: string, cluster: string): object {
  return { remote: { http_uri: { uri: url, cluster, timeout: "30s" }, sha256 } };
}
