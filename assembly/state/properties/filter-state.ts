import { bytes, text } from "./read";

/** What other filters left: dynamic metadata, and objects in Envoy's filter state. */

/** An entry of the stream's dynamic metadata that is text: `dynamicMetadata("envoy.filters.http.jwt_authn", "sub")`. */
export function dynamicMetadata(namespace: string, key: string): string | null {
  return text("metadata\0filter_metadata\0" + namespace + "\0" + key);
}

/** As `dynamicMetadata`, of any type, as the host serializes it. */
export function dynamicMetadataBytes(namespace: string, key: string): Uint8Array | null {
  return bytes("metadata\0filter_metadata\0" + namespace + "\0" + key);
}

/** An object in the filter state of the client's side, serialized; what plugins set is at `wasm.<name>`. */
export function filterState(key: string): Uint8Array | null {
  return bytes("filter_state\0" + key);
}

/** As `filterState`, of the upstream's side. */
export function upstreamFilterState(key: string): Uint8Array | null {
  return bytes("upstream_filter_state\0" + key);
}
