import type { Document } from "yaml";

/** What somebody must know of a manifest. An error: Istio or Envoy refuses it. A warning: it does what nobody means. */
export type Level = "error" | "warning" | "notice";

/** Where a value stands in a document, as `["spec", "match", 0, "mode"]`. */
export type Place = readonly (string | number)[];

/** A change of a manifest's text that leaves all else in it as it is. */
export type Edit =
  /** Gives a value, in place of the one that is there or as a new key. */
  | { set: Place; to: string | number }
  /** Gives a key another name. */
  | { rename: Place; to: string }
  /** Takes a key out, with its value. */
  | { remove: Place };

export interface Finding {
  level: Level;
  /** What kind of finding it is, for those who look it up or count. */
  rule: string;
  place: Place;
  message: string;
  /** What to write instead; a sentence. */
  proposal?: string;
  /** What puts it right in the text, where no thought is needed. */
  fix?: Edit[];
}

export interface FindingInFile extends Finding {
  file: string;
  line: number;
  /** The object, as `WasmPlugin default/auth`. */
  object: string;
  /** The document that it stands in. */
  document: Document;
  /** True of an object within a list: it cannot be put right where it stands. */
  isListed: boolean;
}

/** `spec.match[0].mode`. */
export function placeText(place: Place): string {
  return place.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const key = /^[A-Za-z_][\w-]*$/.test(part) ? part : JSON.stringify(part);
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
