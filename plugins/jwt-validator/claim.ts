import { JsonDocument, JsonNode, JsonType, NO_NODE, decodeSlice } from "as-proxy-wasm";

const COMMA: i32 = 0x2c;

/**
 * A claim by its name, or, where there is none of that name, by a path through objects: `realm_access.roles`. Absent is
 * `NO_NODE`.
 */
export function claimAt(claims: JsonDocument, path: string): JsonNode {
  const whole = claims.member(claims.root, path);
  if (whole != NO_NODE) return whole;
  let node: JsonNode = claims.root;
  let begin = 0;
  while (node != NO_NODE) {
    const dot = path.indexOf(".", begin);
    if (dot < 0) return claims.member(node, path.substring(begin));
    node = claims.member(node, path.substring(begin, dot));
    begin = dot + 1;
  }
  return NO_NODE;
}

/** Whether a claim is there, with any value but null. */
export function hasClaim(claims: JsonDocument, path: string): bool {
  const type = claims.type(claimAt(claims, path));
  return type != JsonType.Absent && type != JsonType.Null;
}

/**
 * A claim as a header can say it: a text, number or truth value as it is, a list of these with commas between them.
 * Null for anything else, and for what would read as something that it is not: a text with control characters or with
 * white space around it, and in a list one that has a comma in it or is empty.
 */
export function claimText(claims: JsonDocument, claim: JsonNode): string | null {
  if (claims.type(claim) != JsonType.List) return scalarText(claims, claim, false);
  let text = "";
  let isFirst = true;
  let item = claims.first(claim);
  while (item != NO_NODE) {
    const next = scalarText(claims, item, true);
    if (next === null) return null;
    text += isFirst ? next : "," + next;
    isFirst = false;
    item = claims.next(claim, item);
  }
  return text;
}

function scalarText(claims: JsonDocument, value: JsonNode, inList: bool): string | null {
  const type = claims.type(value);
  if (type == JsonType.Number || type == JsonType.Boolean) return decodeSlice(claims.raw(value));
  if (type != JsonType.String) return null;
  const text = claims.asString(value);
  if (inList && text.length == 0) return null;
  for (let i = 0, last = text.length - 1; i <= last; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code == 0x7f || (inList && code == COMMA)) return null;
    if (code == 0x20 && (i == 0 || i == last)) return null;
  }
  return text;
}
