import type { Properties, PropertyValue } from "./options.js";
import { toBytes } from "./text.js";

/** A value as Envoy hands it to a module. (Envoy, `serializeValue`) */
export function serializeProperty(value: PropertyValue): Uint8Array {
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  if (typeof value !== "bigint") return toBytes(value);
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigInt64(0, BigInt.asIntN(64, value), true);
  return new Uint8Array(bytes.buffer);
}

/** Properties by the path that the host has for them: segments separated by NUL. A final NUL means nothing. */
export class PropertyTree {
  private readonly values = new Map<string, Uint8Array>();

  constructor(properties: Properties = {}) {
    for (const [path, value] of Object.entries(properties)) {
      this.values.set(path.replaceAll(".", "\0"), serializeProperty(value));
    }
  }

  get(path: string): Uint8Array | undefined {
    // What is given with dots is found whichever of its dots separate segments.
    return this.values.get(path.replaceAll(".", "\0"));
  }

  set(path: string, value: Uint8Array): void {
    this.values.set(path.replaceAll(".", "\0"), value.slice());
  }
}
