import {
  JsonDocument,
  JsonNode,
  JsonType,
  NO_NODE,
  decodeSlice,
  dynamicMetadataJson,
  parseJson,
  parseJsonText,
  properties,
  sliceOf,
} from "as-proxy-wasm";

// What is known of the client's token comes from the claims that jwt-validator left in the filter state, or else from
// what RequestAuthentication left in the dynamic metadata. Both are out of clients' reach.

/** Where jwt-validator leaves the claims of a token that it accepted. */
const VALIDATED = "wasm.jwt_payload";

/** Where Envoy's own filter for tokens leaves them. */
export const JWT_AUTHN = "envoy.filters.http.jwt_authn";

/** Under which key Istio's RequestAuthentication has them there; older ones have them under the token's issuer. */
const PAYLOAD = "payload";

/** What a policy for Envoy looks for in the dynamic metadata of Envoy's filter, as JSON; null for nothing. */
export function claimsAsMetadata(): string | null {
  const validated = validatedClaims();
  return validated === null ? dynamicMetadataJson(JWT_AUTHN) : '{"payload":' + validated + "}";
}

/** The claims alone, as an object of JSON; null where there are none. */
export function claims(): string | null {
  const validated = validatedClaims();
  if (validated !== null) return validated;
  const metadata = dynamicMetadataJson(JWT_AUTHN);
  if (metadata === null) return null;
  const document = parseJsonText(metadata);
  const first = document.first(document.root);
  const isOnly = document.next(document.root, first) == NO_NODE;
  return objectOf(document, isOnly ? first : document.member(document.root, PAYLOAD));
}

function validatedClaims(): string | null {
  const bytes = properties.filterState(VALIDATED);
  if (bytes === null) return null;
  const document = parseJson(sliceOf(bytes));
  return objectOf(document, document.root);
}

/** An object's text; null for what is none. */
function objectOf(document: JsonDocument, node: JsonNode): string | null {
  return document.type(node) == JsonType.Object ? decodeSlice(document.raw(node)) : null;
}
