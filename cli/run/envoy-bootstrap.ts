import { existsSync } from "node:fs";
import type { BootstrapOptions, Cluster, HttpListener, Route, TcpListener } from "../envoy/bootstrap.js";
import type { HttpFilter, WasmFilter } from "../envoy/filters.js";
import { authorityOf, type Endpoint, isIpAddress, rewrittenHost } from "../words/endpoint.js";
import type { Settings } from "./host.js";
import type { Link } from "./links.js";

/** The name of the listener, and of the cluster that requests go to. */
export const listenerName = "main";
export const upstreamName = "upstream";

export interface EnvoySetup {
  settings: Omit<Settings, "upstream"> & { upstream: Endpoint | null };
  links: readonly Link[];
  /** How a plugin's filter is given to Envoy. */
  filterOf: (link: Link) => HttpFilter;
  /** What stands at the places between the plugins; nothing without it. */
  probeAt?: (place: number) => HttpFilter;
  accessLog?: object;
  /** Whether the ports are this run's alone. */
  alone?: boolean;
  /** The file with the authorities whose certificates are believed. */
  authorities: string | undefined;
}

/** What Envoy is started with: one listener with the chain, and a cluster for each service. */
export function envoyOptions(setup: EnvoySetup): BootstrapOptions {
  const { settings, authorities } = setup;
  const clusters = [...settings.clusters].map(([name, endpoint]) => cluster(name, endpoint, authorities));
  if (settings.upstream !== null) clusters.unshift(cluster(upstreamName, settings.upstream, authorities));
  return {
    listeners: [listener(setup)],
    clusters,
    // Whatever requests may come from elsewhere, the admin page is for this machine.
    more: {
      admin: { address: { socket_address: { address: "127.0.0.1", port_value: settings.adminPort } } },
    },
  };
}

function listener(setup: EnvoySetup): HttpListener | TcpListener {
  const { settings, links, filterOf, probeAt, accessLog, alone = false } = setup;
  const place = {
    address: { host: settings.address, port: settings.port },
    ...(alone && { reusePort: false }),
  };
  const networkFilters = links.filter(({ isNetwork }) => isNetwork).map(filterOf);
  const http = links.filter(({ isNetwork }) => !isNetwork);
  if (http.length === 0) return { name: listenerName, ...place, networkFilters, cluster: upstreamName };
  const filters = http.flatMap((link, place) => [...(probeAt ? [probeAt(place)] : []), filterOf(link)]);
  return {
    name: listenerName,
    ...place,
    networkFilters,
    filters: probeAt ? [...filters, probeAt(http.length)] : filters,
    routes: [route(settings.upstream)],
    http1Trailers: false,
    ...(accessLog && { more: { access_log: [accessLog] } }),
  };
}

function route(upstream: Endpoint | null): Route {
  if (upstream === null)
    return { direct: { status: 200, body: "Envoy itself answers: there is no upstream\n" } };
  const hostRewrite = rewrittenHost(upstream);
  return { cluster: upstreamName, ...(hostRewrite !== undefined && { hostRewrite }) };
}

/** A service by its name is asked at all of the name's addresses, whichever of IPv4 and IPv6 answers first. */
function cluster(name: string, endpoint: Endpoint, authorities: string | undefined): Cluster {
  const { host, port, http2 } = endpoint;
  const isAddress = isIpAddress(host);
  return {
    name,
    address: { host, port },
    http2,
    connectTimeout: "5s",
    more: {
      ...(!isAddress && { type: "LOGICAL_DNS", dns_lookup_family: "ALL" }),
      ...(endpoint.tls && { transport_socket: tls(endpoint, authorities) }),
    },
  };
}

function tls({ host }: Endpoint, authorities: string | undefined): object {
  const names = [{ san_type: isIpAddress(host) ? "IP_ADDRESS" : "DNS", matcher: { exact: host } }];
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      ...(!isIpAddress(host) && { sni: host }),
      common_tls_context: {
        ...(authorities !== undefined && {
          validation_context: {
            trusted_ca: { filename: authorities },
            match_typed_subject_alt_names: names,
          },
        }),
      },
    },
  };
}

/** A plugin's filter in Envoy's words. The VM's id keeps what plugins share apart, and names the plugin in the log. */
export function wasmFilter(link: Link, settings: Pick<Settings, "failPolicy" | "environment">): WasmFilter {
  const { text } = link.configuration;
  return {
    name: link.name,
    rootId: link.rootId,
    vmId: link.name,
    code: link.module,
    failurePolicy: settings.failPolicy,
    ...(text !== undefined && { configuration: text }),
    ...(Object.keys(settings.environment).length > 0 && { environment: settings.environment }),
  };
}

/** Where systems keep the authorities that they believe. */
const authorityFiles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

export function systemAuthorities(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment["SSL_CERT_FILE"] || authorityFiles.find((file) => existsSync(file));
}

/** The upstream as it is shown. */
export const upstreamText = (upstream: Endpoint, isTcp: boolean): string =>
  `${isTcp ? "tcp" : upstream.tls ? "https" : "http"}://${authorityOf(upstream)}`;
