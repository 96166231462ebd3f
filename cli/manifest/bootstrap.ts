import { bootstrap, type Cluster } from "../envoy/bootstrap.js";
import type { HttpFilter } from "../envoy/filters.js";
import { isIpAddress } from "../words/endpoint.js";
import { commented } from "./commented.js";
import type { Callout, Deployment } from "./deployment.js";
import { labelsOf, statsTags } from "./stats-tags.js";
import { filterType, wasmConfig } from "./wasm-config.js";

export interface BootstrapChoices {
  /** The address that Envoy listens on. */
  port: number;
  adminPort: number;
  upstream: { host: string; port: number; tls: boolean };
  /** The module's file of each plugin, by its name. */
  modules: ReadonlyMap<string, string>;
  /** Where each plugin's ECDS file will be; null for filters that are part of the bootstrap. */
  ecdsFile: ((name: string) => string) | null;
}

/** A bootstrap for an Envoy on its own, with plugins in their order. */
export function bootstrapYaml(deployments: readonly Deployment[], choices: BootstrapChoices): string {
  const labels = labelsOf(deployments);
  const network = deployments.filter(({ type }) => type === "NETWORK");
  const http = deployments.filter(({ type }) => type === "HTTP");
  const filterOf = (deployment: Deployment): HttpFilter => {
    const path = choices.ecdsFile?.(deployment.name);
    return path === undefined
      ? { name: deployment.name, typed_config: wasmConfig(deployment, localCode(deployment, choices)) }
      : {
          name: deployment.name,
          config_discovery: {
            config_source: { path_config_source: { path }, resource_api_version: "V3" },
            type_urls: [filterType[deployment.type]],
          },
        };
  };
  const address = { host: "0.0.0.0", port: choices.port };
  const clusters = [
    upstream(choices),
    ...unique(deployments.flatMap(({ callouts }) => callouts)).map(calloutCluster),
  ];
  const onlyTcp = http.length === 0 && network.length > 0;
  const configuration = bootstrap({
    listeners: [
      onlyTcp
        ? { name: "main", networkFilters: network.map(filterOf), cluster: "upstream", address }
        : {
            name: "main",
            filters: http.map(filterOf),
            networkFilters: network.map(filterOf),
            routes: [{ prefix: "/", cluster: "upstream" }],
            address,
          },
    ],
    clusters,
    ...(labels.length > 0 && { statsTags: statsTags(labels) }),
    more: { admin: { address: { socket_address: { address: "127.0.0.1", port_value: choices.adminPort } } } },
  });
  return commented(
    configuration,
    [
      [["admin"], "Statistics, configuration and log levels: not for everybody's eyes."],
      [
        ["static_resources"],
        `Requests come in on port ${choices.port}, and pass ${deployments.map(({ name }) => name).join(", then ")}.`,
      ],
      [
        ["static_resources", "clusters"],
        "Where requests go, and the services that plugins call by these names.",
      ],
      [
        ["stats_config"],
        "Rules that make labels of what custom-metrics writes into the names of its metrics.",
      ],
    ],
    "Start it with: envoy -c <this file>",
  );
}

/** The file in which Envoy looks for a filter's configuration; it is read again when another file is moved to its place. */
export function ecdsYaml(deployment: Deployment, choices: BootstrapChoices): string {
  const typed = wasmConfig(deployment, localCode(deployment, choices));
  return commented(
    {
      version_info: "1",
      resources: [
        {
          "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
          name: deployment.name,
          typed_config: typed,
        },
      ],
    },
    [
      [
        ["resources", 0, "typed_config", "config", "vm_config", "code"],
        "Give a changed module another file name: Envoy keeps modules by it.",
      ],
      [
        ["resources", 0, "typed_config", "config", "configuration", "value"],
        "What the plugin's onConfigure gets: JSON.",
      ],
    ],
    `The filter ${deployment.name}. Write a change to another file and move that to this place: Envoy then takes it up, and what it refuses changes nothing.`,
  );
}

function localCode({ name }: Deployment, { modules }: BootstrapChoices): object {
  return { local: { filename: modules.get(name) ?? `build/${name}.wasm` } };
}

function upstream({ upstream: { host, port, tls } }: BootstrapChoices): Cluster {
  return clusterOf("upstream", { host, port, tls, grpc: false });
}

const calloutCluster = (callout: Callout): Cluster => clusterOf(callout.cluster, callout);

function clusterOf(
  name: string,
  { host, port, tls, grpc }: Pick<Callout, "host" | "port" | "tls" | "grpc">,
): Cluster {
  const isAddress = isIpAddress(host);
  return {
    name,
    address: { host, port: port === 0 ? 80 : port },
    ...(grpc && { http2: true }),
    more: {
      ...(!isAddress && { type: "STRICT_DNS", dns_lookup_family: "V4_PREFERRED" }),
      ...(tls && {
        transport_socket: {
          name: "envoy.transport_sockets.tls",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            ...(!isAddress && { sni: host }),
            common_tls_context: {
              validation_context: {
                trusted_ca: { filename: "/etc/ssl/certs/ca-certificates.crt" },
                match_typed_subject_alt_names: [
                  { san_type: isAddress ? "IP_ADDRESS" : "DNS", matcher: { exact: host } },
                ],
              },
            },
          },
        },
      }),
    },
  };
}

function unique(callouts: readonly Callout[]): Callout[] {
  return [...new Map(callouts.map((callout) => [callout.cluster, callout])).values()];
}
