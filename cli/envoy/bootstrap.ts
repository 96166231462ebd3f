import { type HttpFilter, httpFilter, type NetworkFilter, networkFilter } from "./filters.js";

/** Where something listens or is reached: a TCP port, on the loopback where no host is named, or a socket file. */
export type Address = { port: number; host?: string } | { pipe: string };

export interface Cluster {
  name: string;
  address: Address;
  http2?: boolean;
  /** Trailers of HTTP/1.1 are dropped without it. */
  http1Trailers?: boolean;
  /** As Envoy writes durations; `1s` without it. */
  connectTimeout?: string;
  /** What else the cluster's own configuration says. */
  more?: Record<string, unknown>;
}

export interface Route {
  name?: string;
  prefix?: string;
  path?: string;
  /** The cluster it goes to ... */
  cluster?: string;
  /** ... or the answer that Envoy itself gives. */
  direct?: { status: number; body?: string };
  timeout?: string;
  /** What the upstream is told in `host` in the place of what the client said. */
  hostRewrite?: string;
}

export interface HttpListener {
  name: string;
  /** In the order in which a request meets them. */
  filters: HttpFilter[];
  /** What connections meet before that. */
  networkFilters?: NetworkFilter[];
  routes: Route[];
  /** Port 0 without it: the real one is read back from Envoy. */
  address?: Address;
  /** False where no other program may listen on the same port, as two Envoys otherwise can. */
  reusePort?: boolean;
  /** `per_connection_buffer_limit_bytes`; 1 MiB without it. */
  bufferLimit?: number;
  maxRequestHeadersKb?: number;
  /** AUTO takes HTTP/1.1 and HTTP/2 with prior knowledge. */
  codec?: "AUTO" | "HTTP1" | "HTTP2";
  /** Every worker gets as many connections as the others, which else is left to the kernel. */
  balanced?: boolean;
  /** Trailers of HTTP/1.1 are dropped without it. */
  http1Trailers?: boolean;
  /** A file that gets a line a request. */
  accessLog?: string;
  /** What else the connection manager's own configuration says. */
  more?: Record<string, unknown>;
}

/** A TCP proxy. */
export interface TcpListener {
  name: string;
  networkFilters: NetworkFilter[];
  cluster: string;
  /** Port 0 without it: the real one is read back from Envoy. */
  address?: Address;
  reusePort?: boolean;
}

export interface BootstrapOptions {
  listeners: (HttpListener | TcpListener)[];
  clusters: Cluster[];
  /** Rules that take labels out of the names of metrics. */
  statsTags?: { name: string; regex: string }[];
  /** What else the bootstrap says, at its top level. */
  more?: Record<string, unknown>;
}

const type = (name: string) => ({ "@type": `type.googleapis.com/${name}` });

function address(where: Address): object {
  return "pipe" in where
    ? { pipe: { path: where.pipe } }
    : { socket_address: { address: where.host ?? "127.0.0.1", port_value: where.port } };
}

/** Envoy's bootstrap, ready to be written as JSON. What names no host is on the loopback. */
export function bootstrap(options: BootstrapOptions): Record<string, unknown> {
  return {
    node: { id: "as-proxy-wasm", cluster: "as-proxy-wasm" },
    admin: { address: address({ port: 0 }) },
    static_resources: {
      listeners: options.listeners.map((listener) =>
        "filters" in listener ? httpListener(listener) : tcpListener(listener),
      ),
      clusters: options.clusters.map(cluster),
    },
    ...(options.statsTags && {
      stats_config: { stats_tags: options.statsTags.map(({ name, regex }) => ({ tag_name: name, regex })) },
    }),
    ...options.more,
  };
}

function httpListener(listener: HttpListener): object {
  const manager = {
    ...type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: listener.name,
    codec_type: listener.codec ?? "AUTO",
    ...(listener.maxRequestHeadersKb !== undefined && {
      max_request_headers_kb: listener.maxRequestHeadersKb,
    }),
    ...(listener.http1Trailers && { http_protocol_options: { enable_trailers: true } }),
    ...(listener.accessLog !== undefined && { access_log: [accessLog(listener.accessLog)] }),
    route_config: {
      name: listener.name,
      virtual_hosts: [{ name: "all", domains: ["*"], routes: listener.routes.map(route) }],
    },
    http_filters: [
      ...listener.filters.map(httpFilter),
      {
        name: "envoy.filters.http.router",
        typed_config: type("envoy.extensions.filters.http.router.v3.Router"),
      },
    ],
    ...listener.more,
  };
  return {
    name: listener.name,
    address: address(listener.address ?? { port: 0 }),
    ...(listener.reusePort === false && { enable_reuse_port: false }),
    ...(listener.bufferLimit !== undefined && { per_connection_buffer_limit_bytes: listener.bufferLimit }),
    ...(listener.balanced && { connection_balance_config: { exact_balance: {} } }),
    filter_chains: [
      {
        filters: [
          ...(listener.networkFilters ?? []).map(networkFilter),
          { name: "envoy.filters.network.http_connection_manager", typed_config: manager },
        ],
      },
    ],
  };
}

function tcpListener(listener: TcpListener): object {
  const proxy = {
    ...type("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"),
    stat_prefix: listener.name,
    cluster: listener.cluster,
  };
  return {
    name: listener.name,
    address: address(listener.address ?? { port: 0 }),
    ...(listener.reusePort === false && { enable_reuse_port: false }),
    filter_chains: [
      {
        filters: [
          ...listener.networkFilters.map(networkFilter),
          { name: "envoy.filters.network.tcp_proxy", typed_config: proxy },
        ],
      },
    ],
  };
}

function accessLog(path: string): object {
  return {
    name: "envoy.access_loggers.file",
    typed_config: { ...type("envoy.extensions.access_loggers.file.v3.FileAccessLog"), path },
  };
}

function route(entry: Route): object {
  const match = entry.path !== undefined ? { path: entry.path } : { prefix: entry.prefix ?? "/" };
  const name = entry.name !== undefined ? { name: entry.name } : {};
  if (entry.direct) {
    const { status, body } = entry.direct;
    return {
      ...name,
      match,
      direct_response: { status, ...(body !== undefined && { body: { inline_string: body } }) },
    };
  }
  return {
    ...name,
    match,
    route: {
      cluster: entry.cluster,
      ...(entry.timeout && { timeout: entry.timeout }),
      ...(entry.hostRewrite && { host_rewrite_literal: entry.hostRewrite }),
    },
  };
}

function cluster(entry: Cluster): object {
  const protocol = entry.http2
    ? { http2_protocol_options: {} }
    : { http_protocol_options: { enable_trailers: entry.http1Trailers ?? false } };
  const name = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return {
    name: entry.name,
    type: "STATIC",
    connect_timeout: entry.connectTimeout ?? "1s",
    load_assignment: {
      cluster_name: entry.name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(entry.address) } }] }],
    },
    typed_extension_protocol_options: { [name]: { ...type(name), explicit_http_config: protocol } },
    ...entry.more,
  };
}
