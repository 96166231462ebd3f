import { Status } from "./enums.js";
import type { PropertyResult } from "./host-context.js";
import { encodePairs } from "./pairs.js";
import { toBytes } from "./text.js";

/** A property as tests give it: text as its bytes, a bigint as 8 bytes, a boolean as one. */
export type PropertyValue = string | bigint | boolean | Uint8Array;
/** By path, with dots: `xds.route_name`. */
export type Properties = Record<string, PropertyValue>;

/** A value as Envoy hands it to a module. (Envoy, `serializeValue`) */
export function serializeProperty(value: PropertyValue): Uint8Array {
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value !== "bigint") return toBytes(value);
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigInt64(0, BigInt.asIntN(64, value), true);
  return new Uint8Array(bytes.buffer);
}

/** What can be read through but not as a whole. (Envoy, `expr/context.h`) */
const groups = new Set(
  "request response connection source destination upstream xds filter_state upstream_filter_state".split(" "),
);

/** Whether the name is one of Envoy's groups of properties. */
export const isGroup = (name: string): boolean => groups.has(name);

/** The segments of a path, as Envoy cuts it: a final NUL means nothing. */
export function segmentsOf(path: string): string[] {
  const segments = path.split("\0");
  if (segments.at(-1) === "") segments.pop();
  return segments;
}

/** Given properties. Below the groups, what several of them begin with is a map of them. */
export class PropertyTree {
  private readonly values: Map<string, Uint8Array>;

  constructor(properties: Properties = {}) {
    const entries = Object.entries(properties);
    this.values = new Map(entries.map(([path, value]) => [path, serializeProperty(value)]));
  }

  /** Sets the property at a path with NULs, as modules write it. */
  set(path: string, value: Uint8Array): void {
    this.values.set(segmentsOf(path).join("."), value.slice());
  }

  get(segments: readonly string[]): PropertyResult {
    if (!isPath(segments)) return Status.NotFound;
    const path = segments.join(".");
    const value = this.values.get(path);
    if (value !== undefined) return value;
    const below = [...this.values].filter(([key]) => key.startsWith(`${path}.`));
    if (below.length === 0) return Status.NotFound;
    if (segments.length === 1 && isGroup(path)) return Status.SerializationFailure;
    const encoded = below.map(([key, bytes]) => [toBytes(key.slice(path.length + 1)), bytes] as const);
    return encodePairs(encoded);
  }
}

/** Dots separate segments, but in keys of the filter state, of metadata and of maps deeper down, which may have some. */
function isPath([first = "", second = ""]: readonly string[]): boolean {
  return !first.includes(".") && (!second.includes(".") || /filter_state$/.test(first));
}
