import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { plugin as moduleOf } from "../envoy/harness.js";
import { ConfigurationHost } from "./configure.js";
import { generate, mutants, randomFrom } from "./generate.js";
import { type Json, keysOf, type PluginFolder, pluginsWithSchema } from "./schemas.js";

// A plugin refuses what its schema refuses and takes what the schema allows. With strict_mode, that is: without it a
// plugin only warns of keys that it does not know, and a schema is always closed.

for (const plugin of await pluginsWithSchema()) {
  const host = await ConfigurationHost.load(await moduleOf(plugin.name));
  suite(`configurations of ${plugin.name}`, () =>
    keysOf(plugin.schema).length === 0 ? withoutKeys(plugin, host) : withKeys(plugin, host),
  );
}

function withoutKeys({ isValid }: PluginFolder, host: ConfigurationHost): void {
  test("are not read at all", () => {
    assert.ok(isValid({}));
    assert.ok(!isValid({ log_level: "info" }));
    for (const text of ["", "{}", '{"strict_mode":true,"a":1}', "{", "\0", "[]", "x".repeat(1 << 20)])
      assert.deepEqual(host.configure(text), { accepted: true, log: [] });
  });
}

function withKeys({ schema, isValid }: PluginFolder, host: ConfigurationHost): void {
  const examples = (schema.examples ?? []) as Record<string, Json>[];
  const bases = examples.map((example) => ({ ...example, strict_mode: true }));
  const lenient = (value: Json) =>
    JSON.parse(JSON.stringify(value).replaceAll('"strict_mode":true', '"strict_mode":false')) as Json;

  /** Whether both take it; fails where only one does, or where a refusal has no line that says why. */
  const judge = (configuration: Json): boolean => {
    const text = JSON.stringify(configuration);
    const { accepted, log } = host.configure(text);
    const allowed = isValid(configuration);
    const said = log.map(({ level, text: line }) => `\n  ${level}: ${line}`).join("");
    const why = (isValid.errors ?? []).map(({ instancePath, message }) => `\n  ${instancePath} ${message}`);
    const verdicts = `${text}\nthe schema ${allowed ? "allows" : "refuses"} it:${why.join("")}\nthe plugin logged:${said}`;
    assert.equal(accepted, allowed, verdicts);
    const errors = log.filter(({ level }) => level === "error");
    assert.ok(accepted ? errors.length === 0 : errors.length > 0, verdicts);
    for (const { text: line } of errors) assert.match(line, /^[^:]+: ./, verdicts);
    return accepted;
  };

  test("that are examples of the schema are taken, without a warning", () => {
    assert.ok(bases.length > 0);
    for (const base of bases) {
      assert.ok(judge(base));
      const { log } = host.configure(JSON.stringify(lenient(base)));
      assert.deepEqual(
        log.filter(({ level }) => level === "warn" || level === "error"),
        [],
      );
    }
  });

  test("that differ from an example in one thing are judged alike", (context) => {
    const changed = new Map(keysOf(schema).map(({ path }) => [path, new Set<string>()]));
    const verdicts = bases
      .flatMap((base) => mutants(base, schema))
      .map(({ path, how, value }) => {
        changed.get(path)?.add(how);
        return judge(value);
      });
    for (const [path, ways] of changed)
      assert.ok(ways.has("missing") && ways.has("replaced"), `no example has ${path}`);
    const taken = verdicts.filter(Boolean).length;
    context.diagnostic(`${taken} taken, ${verdicts.length - taken} refused`);
    assert.ok(taken >= 250 && verdicts.length - taken >= 250);
  });

  test("that are put together at random are judged alike", (context) => {
    const random = randomFrom(20260201);
    const verdicts = Array.from({ length: 1000 }, (_, round) => {
      const some = generate(schema, schema, random) as Record<string, Json>;
      const base = random() < 0.3 ? {} : bases[round % bases.length];
      return judge({ ...base, ...some, strict_mode: true });
    });
    const taken = verdicts.filter(Boolean).length;
    context.diagnostic(`${taken} taken, ${verdicts.length - taken} refused`);
    assert.ok(taken >= 100 && verdicts.length - taken >= 100);
  });

  test("with a key that nobody knows are taken with a warning that has its path", () => {
    const withUnknown = bases
      .flatMap((base) => mutants(lenient(base), schema))
      .filter(({ how }) => how === "unknown key");
    assert.ok(withUnknown.length >= bases.length);
    for (const { path, value } of withUnknown) {
      const { accepted, log } = host.configure(JSON.stringify(value));
      assert.ok(accepted, JSON.stringify(value));
      const warnings = log.filter(({ level }) => level === "warn").map(({ text }) => text);
      assert.deepEqual(
        warnings.map((text) => text.replace(/\[\d+\]/g, "[]")),
        [`${path}${path === "" ? "" : "."}no_such_key: is not a known key`],
      );
    }
  });

  test("that are cut off or damaged never trap", () => {
    const random = randomFrom(7);
    const text = JSON.stringify(bases.at(-1));
    for (let end = 1; end < text.length; end++) assert.ok(!host.configure(text.slice(0, end)).accepted);
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(text);
      for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const { accepted, log } = host.configure(bytes);
      assert.ok(accepted || log.some(({ level }) => level === "error"));
    }
  });
}
