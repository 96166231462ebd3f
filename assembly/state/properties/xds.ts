import { bytes, integer, text } from "./read";

/**
 * The configuration that Envoy runs with. Until 1.33 most of it lay at the top instead of below `xds`; both are tried.
 */

/** Who this proxy is: a serialized `envoy.config.core.v3.Node`. */
export function node(): Uint8Array | null {
  return bytes("xds\0node", "node");
}

/** The cluster that the request goes to. */
export function clusterName(): string | null {
  return text("xds\0cluster_name", "cluster_name");
}

/** The cluster's metadata: a serialized `envoy.config.core.v3.Metadata`. */
export function clusterMetadata(): Uint8Array | null {
  return bytes("xds\0cluster_metadata", "cluster_metadata");
}

/** The name of the route that was chosen. */
export function routeName(): string | null {
  return text("xds\0route_name", "route_name");
}

/** The route's metadata, serialized. */
export function routeMetadata(): Uint8Array | null {
  return bytes("xds\0route_metadata", "route_metadata");
}

/** The name of the virtual host that was chosen. */
export function virtualHostName(): string | null {
  return text("xds\0virtual_host_name");
}

/** The virtual host's metadata, serialized. */
export function virtualHostMetadata(): Uint8Array | null {
  return bytes("xds\0virtual_host_metadata");
}

/** The upstream host's metadata, serialized. */
export function upstreamHostMetadata(): Uint8Array | null {
  return bytes("xds\0upstream_host_metadata", "upstream_host_metadata");
}

/** The metadata of the upstream host's locality, serialized. */
export function upstreamHostLocalityMetadata(): Uint8Array | null {
  return bytes("xds\0upstream_host_locality_metadata");
}

/** The name of the listener's filter chain. */
export function filterChainName(): string | null {
  return text("xds\0filter_chain_name");
}

/** The listener's metadata, serialized. */
export function listenerMetadata(): Uint8Array | null {
  return bytes("xds\0listener_metadata", "listener_metadata");
}

/** 0 unspecified, 1 inbound, 2 outbound; -1 where that is not known. */
export function listenerDirection(): i64 {
  return integer("xds\0listener_direction", "listener_direction");
}

/** One entry of the node's metadata that is text, such as Istio's `NAMESPACE` and `WORKLOAD_NAME`. */
export function nodeMetadata(key: string): string | null {
  return text("xds\0node\0metadata\0" + key, "node\0metadata\0" + key);
}
