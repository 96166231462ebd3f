import { Status } from "../abi/status";
import { callForeign } from "./foreign";
import { ProtobufWriter } from "./protobuf";

/** How long something in Envoy's filter state lives. */
export enum LifeSpan {
  /** As long as this filter chain has the stream. */
  FilterChain = 0,
  /** As long as the request. */
  DownstreamRequest = 1,
  /** As long as the client's connection: later requests on it see it too. */
  DownstreamConnection = 2,
}

/** What a declared property holds. */
export enum PropertyType {
  Bytes = 0,
  String = 1,
  FlatBuffers = 2,
  Protobuf = 3,
}

/**
 * Sets an object of Envoy's filter state that Envoy itself reads, such as `envoy.tcp_proxy.cluster`. False for a key that
 * Envoy makes no object of, a value that it refuses, or outside of a stream. (Envoy, `set_envoy_filter_state`)
 */
export function setFilterState(key: string, value: string, span: LifeSpan = LifeSpan.FilterChain): bool {
  const request = new ProtobufWriter().string(1, key).string(2, value).varint(3, span);
  return callForeign("set_envoy_filter_state", request.finish()).ok;
}

/**
 * Says how a property that `setProperty` will set is kept: may it be written once only, what is in it, how long does it
 * live. Call it from a root context, once in a VM; false where it was declared before. (Envoy, `declare_property`)
 */
export function declareProperty(
  name: string,
  type: PropertyType = PropertyType.Bytes,
  readOnly: bool = false,
  span: LifeSpan = LifeSpan.FilterChain,
  schema: Uint8Array = new Uint8Array(0),
): bool {
  const request = new ProtobufWriter()
    .string(1, name)
    .varint(2, readOnly ? 1 : 0)
    .varint(3, type)
    .bytes(4, schema)
    .varint(5, span);
  return callForeign("declare_property", request.finish()).ok;
}

/**
 * Has Envoy choose the route anew, after headers changed that it was chosen by. True where the host has the function;
 * at ABI 0.2.1 Envoy does so by itself whenever request headers change. (Envoy, `clear_route_cache`)
 */
export function clearRouteCache(): bool {
  return callForeign("clear_route_cache", new Uint8Array(0)).status == Status.Ok;
}
