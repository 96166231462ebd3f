import { QueryParameters, Slice, dataOf, decodeSlice, percentDecode, sizeOf, slice } from "as-proxy-wasm";
import { NamedTexts } from "./named-texts";

const SLASH: u32 = 0x2f;

/**
 * The segments of a path without a query, decoded, without the slashes before the first; `[""]` for `/`. As in OPA's plugin for
 * Envoy an encoded slash separates, too.
 */
export function pathSegments(encoded: Slice): string[] {
  const path = percentDecode(encoded);
  const end = dataOf(path) + sizeOf(path);
  let begin = dataOf(path);
  while (begin < end && load<u8>(begin) == SLASH) begin += 1;
  const segments: string[] = [];
  for (let at = begin; at < end; at++) {
    if (load<u8>(at) != SLASH) continue;
    segments.push(decodeSlice(slice(begin, at - begin)));
    begin = at + 1;
  }
  segments.push(decodeSlice(slice(begin, end - begin)));
  return segments;
}

/** The parameters of the query of a request's target, decoded. */
export function queryParameters(target: Slice): NamedTexts {
  const parameters = new NamedTexts();
  const parameter = new QueryParameters(target);
  while (parameter.next()) parameters.add(decodeSlice(parameter.name), decodeSlice(parameter.value));
  return parameters;
}
