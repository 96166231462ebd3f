import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** What the closed schemas here are of. */
export type SchemaName = "wasm-plugin" | "envoy-filter" | "envoy-wasm";

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  verbose: true,
});
const compiled = new Map<SchemaName, ValidateFunction>();

/** Says whether a value keeps to a schema; its errors carry the schema and the value that they are of. */
export function validator(name: SchemaName): ValidateFunction {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`schemas/${name}.schema.json`, import.meta.url), "utf8");
  const made = ajv.compile(JSON.parse(text) as object);
  compiled.set(name, made);
  return made;
}

/** The kinds of Istio's API that carry Wasm or are written with it, with the versions that current releases serve. */
export const kinds: Readonly<Record<string, { apiVersions: string[]; schema?: SchemaName }>> = {
  WasmPlugin: { apiVersions: ["extensions.istio.io/v1alpha1"], schema: "wasm-plugin" },
  EnvoyFilter: { apiVersions: ["networking.istio.io/v1alpha3"], schema: "envoy-filter" },
  TrafficExtension: { apiVersions: ["extensions.istio.io/v1alpha1"] },
  ServiceEntry: {
    apiVersions: ["networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"],
  },
  DestinationRule: {
    apiVersions: ["networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"],
  },
  VirtualService: {
    apiVersions: ["networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"],
  },
};
