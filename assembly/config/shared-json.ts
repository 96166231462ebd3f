import { NO_VALUE, findShared } from "../state/shared-data";
import { encode } from "../runtime/utf8";
import { JsonDocument, JsonError, parseJsonCopy } from "./json";

/** A value of shared data as JSON, strictly checked; null for a key that was never set, and for what is not JSON. */
export function getSharedJson(key: string): JsonDocument | null {
  const value = findShared(encode(key));
  if (value == NO_VALUE) return null;
  const document = parseJsonCopy(value);
  return document.error == JsonError.None ? document : null;
}
