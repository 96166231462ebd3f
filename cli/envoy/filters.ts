/** A wasm filter as Envoy's configuration knows it. */
export interface WasmFilter {
  name: string;
  /** The module's file. */
  code: string;
  rootId?: string;
  vmId?: string;
  /**
   * An object goes as JSON and text as it is, in a StringValue, as Istio sends it; bytes go as a BytesValue, which
   * nothing checks. What has an `@type` goes as it is: a Struct reaches the module as protobuf, not as JSON
   * (Envoy 1.40, whatever its documentation says).
   */
  configuration?: Configuration;
  vmConfiguration?: Configuration;
  /** FAIL_CLOSED without it. */
  failurePolicy?: "FAIL_RELOAD" | "FAIL_CLOSED" | "FAIL_OPEN";
  /** How long FAIL_RELOAD waits, as Envoy writes durations; `1s` without it. */
  reloadInterval?: string;
  /** Lets a body callback run while a headers callback holds the headers. A WasmPlugin cannot say this. */
  allowOnHeadersStopIteration?: boolean;
  /** What the module sees as its environment. */
  environment?: Record<string, string>;
}

/** Any other filter, in Envoy's own words: `{ name, typed_config }`. */
export interface NativeFilter {
  name: string;
  typed_config: Record<string, unknown>;
}

/** A filter that Envoy hears of from somewhere else, and that may change while it serves. */
export interface DiscoveredFilter {
  name: string;
  config_discovery: Record<string, unknown>;
}

export type HttpFilter = WasmFilter | NativeFilter | DiscoveredFilter;
export type NetworkFilter = HttpFilter;

export type Configuration = string | Uint8Array | Record<string, unknown>;

const type = (name: string) => ({ "@type": `type.googleapis.com/${name}` });

export function httpFilter(filter: HttpFilter): object {
  if ("typed_config" in filter || "config_discovery" in filter) return filter;
  return {
    name: filter.name,
    typed_config: { ...type("envoy.extensions.filters.http.wasm.v3.Wasm"), config: pluginConfig(filter) },
  };
}

export function networkFilter(filter: NetworkFilter): object {
  if ("typed_config" in filter || "config_discovery" in filter) return filter;
  return {
    name: filter.name,
    typed_config: { ...type("envoy.extensions.filters.network.wasm.v3.Wasm"), config: pluginConfig(filter) },
  };
}

function pluginConfig(filter: WasmFilter): object {
  return {
    name: filter.name,
    root_id: filter.rootId ?? "",
    ...(filter.configuration !== undefined && { configuration: any(filter.configuration) }),
    ...(filter.failurePolicy && { failure_policy: filter.failurePolicy }),
    ...(filter.reloadInterval && { reload_config: { backoff: { base_interval: filter.reloadInterval } } }),
    ...(filter.allowOnHeadersStopIteration && { allow_on_headers_stop_iteration: true }),
    vm_config: {
      vm_id: filter.vmId ?? "",
      runtime: "envoy.wasm.runtime.v8",
      code: { local: { filename: filter.code } },
      ...(filter.vmConfiguration !== undefined && { configuration: any(filter.vmConfiguration) }),
      ...(filter.environment && { environment_variables: { key_values: filter.environment } }),
    },
  };
}

function any(value: Configuration): object {
  if (value instanceof Uint8Array) {
    return { ...type("google.protobuf.BytesValue"), value: Buffer.from(value).toString("base64") };
  }
  if (typeof value !== "string" && "@type" in value) return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return { ...type("google.protobuf.StringValue"), value: text };
}
