import { JSON } from "json-as/assembly";
import { Slice } from "../runtime/slice";
import { decodeSlice } from "../runtime/utf8";
import { DEFAULT_JSON_DEPTH, DEFAULT_JSON_SIZE, JsonError, parseJson } from "./json";

/**
 * A text as json-as's dynamic value, for who prefers that to a `JsonDocument`. Null where the strict check of
 * `parseJson` refuses the text: json-as itself traps on some malformed texts and takes others for JSON.
 *
 * Ask for the value's type before taking it: json-as traps on the wrong one.
 */
export function parseValue(
  text: Slice,
  maximumSize: i32 = DEFAULT_JSON_SIZE,
  maximumDepth: i32 = DEFAULT_JSON_DEPTH,
): JSON.Value | null {
  if (parseJson(text, maximumSize, maximumDepth).error != JsonError.None) return null;
  return JSON.parse<JSON.Value>(decodeSlice(text));
}
