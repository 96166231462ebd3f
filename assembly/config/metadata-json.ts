import { sizeOf } from "../runtime/slice";
import { decodeSlice, encode } from "../runtime/utf8";
import { NO_PROPERTY, findProperty } from "../state/properties/find";
import { structInMapToJson } from "./struct";

/**
 * What a filter left of a stream in its dynamic metadata, as JSON text: an object. Null where there is nothing under that
 * namespace. `dynamicMetadataJson("envoy.filters.http.jwt_authn")` is what Envoy found in a token.
 *
 * By `properties.dynamicMetadata` single texts can be had for less; of numbers, lists and objects in there the host does
 * not say what they are.
 */
export function dynamicMetadataJson(namespace: string): string | null {
  const metadata = findProperty(encode("metadata"));
  if (metadata == NO_PROPERTY) return null;
  const json = structInMapToJson(metadata, encode(namespace));
  return sizeOf(json) == 0 ? null : decodeSlice(json);
}
