import { JsonType } from "./json";

/** A type in the words of a problem: `got a list`. */
export function typeName(type: JsonType): string {
  switch (type) {
    case JsonType.Null:
      return "null";
    case JsonType.Boolean:
      return "true or false";
    case JsonType.Number:
      return "a number";
    case JsonType.String:
      return "a string";
    case JsonType.List:
      return "a list";
    default:
      return "an object";
  }
}
