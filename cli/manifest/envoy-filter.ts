import type { EnvoyFilter } from "../istio/types.js";
import { WrongUse } from "../terminal.js";
import type { Place } from "../validate/finding.js";
import { commented } from "./commented.js";
import type { Callout, Deployment } from "./deployment.js";
import { entryCluster } from "./in-istio.js";
import { filterType, remoteCode, wasmConfig } from "./wasm-config.js";

export interface EnvoyFilterOptions {
  /** A regular expression on the release of the proxies; all of them without it. */
  proxyVersion?: string;
  /** Where there are several: those with a lower number are applied first. */
  priority?: number;
}

/** The service that the module is fetched from, as the cluster that Envoy must have for it. */
export function downloadOf({ source }: Deployment): Callout {
  if (!/^https?:\/\//.test(source.url))
    throw new WrongUse(
      `${source.url}: Envoy itself fetches no images, which is the WasmPlugin's part: put the module on a web server and name it with --image https://host/file.wasm`,
    );
  if (source.sha256 === undefined)
    throw new WrongUse(
      "Envoy takes a module from afar by its digest alone: give --sha256 (`sha256sum` of the file)",
    );
  const { protocol, hostname, port } = new URL(source.url);
  const tls = protocol === "https:";
  const number = port === "" ? (tls ? 443 : 80) : Number(port);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isInMesh = /\.svc(\.cluster\.local)?$/.test(host);
  return {
    cluster: entryCluster({ host, port: number }),
    host,
    port: number,
    tls,
    grpc: false,
    key: "the module's url",
    isInMesh,
  };
}

/**
 * A plugin as an EnvoyFilter: Envoy's listener asks for the filter by ECDS, and a second patch has the answer. So a change
 * of the plugin or of its configuration replaces the filter, and no listener is drained.
 */
export function envoyFilter(deployment: Deployment, options: EnvoyFilterOptions): EnvoyFilter {
  const { type, source, target, isAtGateway, mode } = deployment;
  const download = downloadOf(deployment);
  if (mode === "CLIENT_AND_SERVER")
    throw new WrongUse(
      "an EnvoyFilter patches one direction: give --mode SERVER or --mode CLIENT, or write two",
    );
  const context = isAtGateway ? "GATEWAY" : mode === "SERVER" ? "SIDECAR_INBOUND" : "SIDECAR_OUTBOUND";
  const proxy = options.proxyVersion === undefined ? {} : { proxy: { proxyVersion: options.proxyVersion } };
  const name = `${deployment.namespace ?? "default"}.${deployment.name}`;
  const isHttp = type === "HTTP";
  const first = deployment.phase === "AUTHN";
  const manager = "envoy.filters.network.http_connection_manager";
  const [port] = deployment.ports;
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: {
      name: deployment.name,
      ...(deployment.namespace !== undefined && { namespace: deployment.namespace }),
    },
    spec: {
      ...targetOf(target),
      ...(options.priority !== undefined && { priority: options.priority }),
      configPatches: [
        {
          applyTo: isHttp ? "HTTP_FILTER" : "NETWORK_FILTER",
          match: {
            context,
            ...proxy,
            listener: {
              ...(port !== undefined && { portNumber: port }),
              filterChain: {
                filter: isHttp
                  ? { name: manager, ...(!first && { subFilter: { name: "envoy.filters.http.router" } }) }
                  : { name: "envoy.filters.network.tcp_proxy" },
              },
            },
          },
          patch: {
            operation: isHttp && first ? "INSERT_FIRST" : "INSERT_BEFORE",
            value: {
              name,
              config_discovery: {
                config_source: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
                type_urls: [filterType[type]],
              },
            },
          },
        },
        {
          applyTo: "EXTENSION_CONFIG",
          match: { context, ...proxy },
          patch: {
            operation: "ADD",
            value: {
              name,
              typed_config: wasmConfig(deployment, remoteCode(source.url, source.sha256!, download.cluster)),
            },
          },
        },
      ],
    },
  };
}

function targetOf(target: Deployment["target"]): {
  workloadSelector?: { labels: Record<string, string> };
  targetRefs?: { group: string; kind: string; name: string }[];
} {
  if (target === "namespace") return {};
  if ("labels" in target) return { workloadSelector: { labels: target.labels } };
  if ("service" in target)
    throw new WrongUse(
      "an EnvoyFilter does not reach a service's waypoint: give the labels of its pods with --selector",
    );
  return { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: target.gateway }] };
}

export function envoyFilterYaml(deployment: Deployment, options: EnvoyFilterOptions): string {
  const patches: Place = ["spec", "configPatches"];
  const config = [...patches, 1, "patch", "value", "typed_config", "config"];
  const said: [Place, string][] = [
    [
      ["spec", "workloadSelector"],
      "The pods whose proxies are patched. Without it all of the namespace are; in Istio's root namespace, all of the mesh.",
    ],
    [
      ["spec", "priority"],
      "EnvoyFilters with a lower number are applied first, each next to where it is put in: this keeps the plugins' order.",
    ],
    [
      [...patches, 0],
      "The place in the chain. Envoy asks istiod for the filter's configuration, and waits for it before it opens the listener.",
    ],
    [
      [...patches, 0, "match", "context"],
      deployment.isAtGateway
        ? "Gateways."
        : deployment.mode === "SERVER"
          ? "What comes in at the workload."
          : "What the workload asks of others.",
    ],
    [
      [...patches, 0, "match", "proxy"],
      "Only proxies of these releases. Where it matches none, nothing happens, and nothing says so.",
    ],
    [
      [...patches, 0, "patch", "operation"],
      deployment.phase === "AUTHN"
        ? "Before all other filters."
        : "Right before the router, or the TCP proxy: after all other filters.",
    ],
    [
      [...patches, 1],
      "The filter's configuration, under the name that is asked for. A change of it replaces the filter under traffic.",
    ],
    [[...config, "failure_policy"], deployment.reasons.failStrategy ?? ""],
    [
      [...config, "allow_on_headers_stop_iteration"],
      "The plugin holds headers back while it waits for a body. A WasmPlugin cannot say this.",
    ],
    [[...config, "vm_config", "vm_id"], "Filters with the same id, module and environment share a VM."],
    [[...config, "vm_config", "code", "remote", "sha256"], "Of the module itself: anything else is refused."],
    [[...config, "configuration", "value"], "What the plugin's onConfigure gets: JSON."],
  ];
  return commented(
    envoyFilter(deployment, options),
    said.filter(([, comment]) => comment !== ""),
  );
}
