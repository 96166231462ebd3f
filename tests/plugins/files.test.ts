import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { root } from "../../cli/root.js";
import { scenarioFiles } from "../../cli/scenarios/find.js";
import { type Json, keysOf, type PluginFolder, pluginsWithSchema, resolve, type Schema } from "./schemas.js";

const plugins = await pluginsWithSchema();

for (const plugin of plugins) {
  suite(`the files of ${plugin.name}`, () => {
    schemaTests(plugin);
    manifestTests(plugin);
    readmeTests(plugin);
    test("there are scenarios, and each names the schema for editors", async () => {
      const files = await scenarioFiles(plugin.folder);
      assert.ok(files.length > 0);
      for (const file of files) {
        const [first] = (await readFile(join(root, file), "utf8")).split("\n");
        assert.equal(
          first,
          "# yaml-language-server: $schema=../../../cli/scenarios/scenario.schema.json",
          file,
        );
      }
    });
  });
}

function schemaTests({ schema, isValid, folder }: PluginFolder): void {
  test("the schema is closed, at every level", () => {
    assert.ok("$schema" in schema && schema.$schema === "https://json-schema.org/draft/2020-12/schema");
    for (const [path, object] of objectsIn(schema, schema))
      assert.equal(object.additionalProperties, false, path);
    assert.ok(!isValid({ no_such_key: 1 }));
    for (const other of [null, true, 1, "a", []]) assert.ok(!isValid(other));
  });

  test("the schema says of each key what it is, with an example or a default", () => {
    for (const { path, schema: key } of keysOf(schema)) {
      assert.ok(key.title, path);
      assert.match(key.description ?? "", /^[A-Za-z*"].{15,}[.]$/s, path);
      assert.ok(key.default !== undefined || key.examples !== undefined || key.type === "object", path);
      assert.ok(key.examples !== undefined && key.examples.length > 0, `${path} has no example`);
    }
  });

  test("the schema's examples are as it says", () => {
    for (const example of schema.examples ?? []) assert.ok(isValid(example), JSON.stringify(isValid.errors));
  });

  test("the schema has the keys that the code reads", async () => {
    const known = new Set(keysOf(schema).map(({ key }) => key));
    const read = await keysReadIn(folder);
    for (const key of read) assert.ok(known.has(key), `${key} is not in the schema`);
    if (read.length === 0) assert.deepEqual([...known], []);
    const common = (await commonKeys()).filter((key) => !known.has(key));
    assert.deepEqual(common, known.size === 0 ? await commonKeys() : []);
    const unread = [...known].filter((key) => !read.includes(key) && !inSdk.has(key));
    assert.deepEqual(unread, [], "nobody reads these keys of the schema");
  });
}

/** Keys that the SDK reads for every plugin. */
const common = [
  "log_level",
  "debug",
  "version",
  "strict_mode",
  "audit_logging",
  "shadow",
  "measure",
  "overrides",
];
const inSdk = new Set([...common, "match", "config", "hosts", "path_prefix", "methods", "routes"]);
/** Keys that the SDK reads for those that ask for `SkipRules`. */
const inSkip = ["skip", "method"];

/** Those of them that stand at the top, as the SDK's source has them. */
async function commonKeys(): Promise<string[]> {
  const found = await Promise.all(
    ["config.ts", "overrides.ts", "request-match.ts"].map((file) =>
      keysIn(join(root, "assembly", "config", file)),
    ),
  );
  assert.deepEqual([...new Set(found.flat())].sort(), [...inSdk].sort());
  return common;
}

async function keysReadIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
  return [...new Set((await Promise.all(files.map((name) => keysIn(join(folder, name))))).flat())];
}

/** The keys that a source asks a `Config` for by their names. */
async function keysIn(file: string): Promise<string[]> {
  const readers =
    "has|isNull|typeOf|nodeOf|string|requiredString|bool|integer|requiredInteger|number|requiredNumber|choice|strings|" +
    "integers|pairs|map|object|requiredObject|objects|typed";
  const call = new RegExp(`(?:\\.(?:${readers})\\(|\\bnames\\(match,)\\s*"([a-z0-9_]+)"`, "g");
  // Functions of a plugin's own get the configuration, or an entry of it, and then the key.
  const helper = /\b[a-z]\w+\((?:config|entry|entries\[i\]), "([a-z0-9_]+)"/g;
  const text = await readFile(file, "utf8");
  const skips = text.includes("SkipRules.read(") ? inSkip : [];
  return [...[...text.matchAll(call), ...text.matchAll(helper)].map((found) => found[1]!), ...skips];
}

/** Every object that a schema lists keys of. */
function objectsIn(document: Schema, schema: Schema, path = "the schema"): [string, Schema][] {
  const whole = resolve(document, schema);
  const below = Object.entries(whole.properties ?? {}).flatMap(([key, value]) =>
    typeof value === "boolean" ? [] : objectsIn(document, value, `${path}.${key}`),
  );
  if (whole.items) below.push(...objectsIn(document, whole.items, `${path}[]`));
  return [whole.type ?? []].flat().includes("object") ? [[path, whole], ...below] : below;
}

/** What a WasmPlugin may say (`extensions/v1alpha1/wasm.proto` of Istio 1.31), as far as the plugins' own do. */
const manifestKeys = [
  "url",
  "phase",
  "match",
  "priority",
  "failStrategy",
  "pluginName",
  "pluginConfig",
  "selector",
];

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: Record<string, unknown> & { pluginConfig?: Json };
}

function manifestTests({ name, folder, isValid }: PluginFolder): void {
  test("wasmplugin.yaml is a WasmPlugin with a configuration that the schema allows", async () => {
    const text = await readFile(join(folder, "wasmplugin.yaml"), "utf8");
    // Kubernetes reads YAML 1.1, in which on, off, yes and no are no texts.
    const manifest = parse(text, { version: "1.1" }) as Manifest;
    assert.deepEqual(manifest, parse(text, { version: "1.2" }), "YAML 1.1 reads it differently");
    assert.equal(manifest.apiVersion, "extensions.istio.io/v1alpha1");
    assert.equal(manifest.kind, "WasmPlugin");
    assert.match(manifest.metadata.name, /^[a-z0-9-]+$/);
    const { spec } = manifest;
    for (const key of Object.keys(spec)) assert.ok(manifestKeys.includes(key), key);
    assert.match(String(spec["url"]), new RegExp(`^oci://[^/]+/.*${name}:`));
    assert.equal(spec["pluginName"], name);
    assert.match(String(spec["phase"]), /^(UNSPECIFIED_PHASE|AUTHN|AUTHZ|STATS)$/);
    assert.match(String(spec["failStrategy"]), /^FAIL_(OPEN|CLOSE|RELOAD)$/);
    assert.ok(Number.isInteger(spec["priority"]));
    const match = spec["match"] as { mode: string }[];
    for (const { mode } of match) assert.match(mode, /^(CLIENT|SERVER|CLIENT_AND_SERVER)$/);
    assert.ok(isValid(spec.pluginConfig ?? {}), JSON.stringify(isValid.errors));
    for (const key of ["phase", "match", "priority", "failStrategy"])
      assert.match(text, new RegExp(`(?:^ *# .*\\n)+^  ${key}:`, "m"), `no comment says why ${key}`);
  });
}

function readmeTests({ folder, schema, isValid }: PluginFolder): void {
  test("README.md has configurations that the schema allows, and a row for each key", async () => {
    const text = await readFile(join(folder, "README.md"), "utf8");
    const blocks = [...text.matchAll(/^```(json|yaml)\n(.*?)^```$/gms)];
    for (const [, language, block] of blocks) {
      const value = (language === "json" ? JSON.parse(block!) : parse(block!, { version: "1.1" })) as Json;
      const manifest = value as unknown as Manifest;
      const found = manifest.kind === "WasmPlugin" ? (manifest.spec.pluginConfig ?? {}) : value;
      assert.ok(isValid(found), `${block}\n${JSON.stringify(isValid.errors)}`);
    }
    const table = /^\| key .*\n(?:\|.*\n)+/m.exec(text)?.[0] ?? "";
    const rows = [...table.matchAll(/^\| `([^`]+)`/gm)].map((found) => found[1]!);
    const keys = keysOf(schema)
      .map(({ path }) => path)
      .filter((path) => !path.startsWith("overrides[].config."));
    assert.deepEqual(rows.sort(), [...new Set(keys)].sort());
    if (keys.length > 0) assert.ok(blocks.length > 0, "no configuration to copy");
    for (const link of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      assert.ok(existsSync(join(folder, link[1]!)), `a link to ${link[1]}`);
  });
}

test("the keys that every plugin takes are described the same everywhere", () => {
  const [first, ...others] = plugins.filter(({ schema }) => keysOf(schema).length > 0);
  for (const { schema, name } of others) {
    for (const key of common) {
      const [one, other] = [first!.schema, schema].map((document) => {
        const { properties } = JSON.parse(JSON.stringify(document)) as Schema;
        const found = properties?.[key] as Schema | undefined;
        // What an override's own settings are differs from plugin to plugin.
        const settings = found?.items?.properties;
        if (key === "overrides" && settings) settings["config"] = true;
        if (key === "overrides") delete found?.examples;
        return found;
      });
      assert.deepEqual(other, one, `${key} of ${name}`);
    }
  }
});
