import { toText } from "../text.js";

const anything = (): boolean => true;
const isPort = (value: string): boolean => /^\d+$/.test(value) && Number(value) <= 65535;
const isNumber = (value: string): boolean => /^\d+$/.test(value);
const isAddress = (value: string): boolean => /^(\d+\.){3}\d+:\d+$|^\[[0-9a-f:.]+\]:\d+$/i.test(value);

/** The keys that Envoy makes objects of, with what it takes for them. (Envoy, 'Well known filter state objects') */
const objects: ReadonlyMap<string, (value: string) => boolean> = new Map<string, (value: string) => boolean>([
  ["envoy.tcp_proxy.cluster", anything],
  ["envoy.tcp_proxy.disable_tunneling", (value) => /^(true|false)$/.test(value)],
  ["envoy.tcp_proxy.per_connection_idle_timeout_ms", isNumber],
  ["envoy.network.upstream_server_name", anything],
  ["envoy.network.application_protocols", anything],
  ["envoy.network.upstream_subject_alt_names", anything],
  ["envoy.upstream.dynamic_host", anything],
  ["envoy.upstream.dynamic_port", isPort],
  ["envoy.ratelimit.hits_addend", isNumber],
  ["envoy.string", anything],
  ["envoy.hashable_string", anything],
  ["envoy.network.transport_socket.original_dst_address", isAddress],
  ["envoy.filters.listener.original_dst.local_ip", isAddress],
  ["envoy.filters.listener.original_dst.remote_ip", isAddress],
]);

/** Whether Envoy takes a value for a key; undefined for a key that it makes no object of. */
export function isValidFilterState(key: string, value: Uint8Array): boolean | undefined {
  return objects.get(key)?.(toText(value));
}
