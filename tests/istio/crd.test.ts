import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";

const exec = promisify(execFile);
const folder = fileURLToPath(new URL(".", import.meta.url));

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  required?: string[];
  [keyword: string]: unknown;
}

/** Istio's own definitions of its kinds, of the version that the judge is built with; null where Go cannot get them. */
async function definitions(): Promise<Map<string, Schema> | null> {
  let place: string;
  try {
    await exec("go", ["mod", "download", "istio.io/api"], { cwd: folder, timeout: 120_000 });
    place = (
      await exec("go", ["list", "-m", "-f", "{{.Dir}}", "istio.io/api"], { cwd: folder })
    ).stdout.trim();
  } catch {
    return null;
  }
  const text = await readFile(join(place, "kubernetes", "customresourcedefinitions.gen.yaml"), "utf8");
  type Definition = {
    spec: { names: { kind: string }; versions: { storage: boolean; schema: { openAPIV3Schema: Schema } }[] };
  };
  const all = parseAllDocuments(text).map((document) => document.toJS() as Definition | null);
  return new Map(
    all.flatMap((definition): [string, Schema][] => {
      const version = definition?.spec.versions.find(({ storage }) => storage);
      return definition && version
        ? [[definition.spec.names.kind, version.schema.openAPIV3Schema.properties!["spec"]!]]
        : [];
    }),
  );
}

const known = await definitions();
if (known === null) console.log("left out: Go cannot get Istio's API here");

/** Every place at which the two are not the same, in what decides of an object. */
function differences(theirs: Schema, ours: Schema, place: string): string[] {
  const found: string[] = [];
  const same = (what: string, a: unknown, b: unknown) => {
    if (JSON.stringify(a) !== JSON.stringify(b))
      found.push(`${place}: ${what} is ${JSON.stringify(a)} in the CRD and ${JSON.stringify(b)} here`);
  };
  const sorted = (list: unknown[] | undefined) => [...(list ?? [])].map(String).sort();
  same("enum", sorted(theirs.enum), sorted(ours.enum));
  same("required", sorted(theirs.required), sorted(ours.required));
  for (const keyword of [
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "maxItems",
    "maxProperties",
    "pattern",
  ]) {
    const isRule = keyword === "maxLength" && place.endsWith(".namespace"); // there by a rule in CEL
    const is32 = theirs["format"] === "int32" && (keyword === "minimum" || keyword === "maximum");
    const isPort = place.endsWith(".waypoint.portNumber"); // the same, 1 to 65535
    if (!isRule && !is32 && !isPort) same(keyword, theirs[keyword], ours[keyword]);
  }
  if (theirs.type !== "object" && theirs.enum === undefined)
    same(
      "type",
      [theirs.type, ...(theirs["nullable"] === true ? ["null"] : [])].sort(),
      [ours.type ?? []].flat().sort(),
    );
  same("properties", Object.keys(theirs.properties ?? {}).sort(), Object.keys(ours.properties ?? {}).sort());
  if (theirs.properties !== undefined) same("closed", false, ours["additionalProperties"]);
  for (const [name, inner] of Object.entries(theirs.properties ?? {})) {
    const counterpart = ours.properties?.[name];
    if (counterpart !== undefined) found.push(...differences(inner, counterpart, `${place}.${name}`));
  }
  if (theirs.items !== undefined && ours.items !== undefined)
    found.push(...differences(theirs.items, ours.items, `${place}[]`));
  return found;
}

suite("the schemas of manifests are those of Istio's definitions", { skip: known === null }, () => {
  for (const [kind, file] of [
    ["WasmPlugin", "wasm-plugin"],
    ["EnvoyFilter", "envoy-filter"],
  ] as const) {
    test(kind, async () => {
      const path = fileURLToPath(new URL(`../../cli/istio/schemas/${file}.schema.json`, import.meta.url));
      const ours = JSON.parse(await readFile(path, "utf8")) as Schema;
      assert.deepEqual(differences(known!.get(kind)!, ours.properties!["spec"]!, "spec"), []);
    });
  }
});
