import { type Json, keysOf, type PluginFolder } from "../plugins/schemas.js";
import type { Subject } from "./campaign.js";
import { validConfigurations } from "./configurations.js";
import { MadeSettings, type Settings } from "./made-settings.js";
import type { FuzzedModule } from "./module.js";
import { Disagreement } from "./parser.js";
import { plain, readJson } from "./reference/json.js";
import { SettingsHost } from "./settings-host.js";

const LARGEST = 1400;
const LARGEST_MEMORY = 4 << 20;

/** The settings that a text has; null where it is no JSON object. */
function settingsIn(input: Buffer): Settings | null {
  if (/^[ \t\r\n]*$/.test(input.toString("latin1"))) return {};
  const value = readJson(input);
  return value?.type === "object" ? (asObjects(plain(value)) as Settings) : null;
}

/** Objects instead of maps, as the schema wants them. */
function asObjects(value: unknown): Json {
  if (Array.isArray(value)) return value.map(asObjects);
  if (value instanceof Map) {
    const members = [...(value as Map<string, unknown>)].map(
      ([key, member]) => [key, asObjects(member)] as const,
    );
    return Object.fromEntries(members);
  }
  return value as Json;
}

/** Whether a key that nobody knows is refused wherever it stands: an override may say otherwise for its own settings. */
function isStrict({ strict_mode: strict, overrides }: Settings): boolean {
  const own = Array.isArray(overrides) ? (overrides as ({ config?: Settings } | null)[]) : [];
  return strict === true && own.every((override) => (override?.config?.["strict_mode"] ?? true) === true);
}

/** Whether a number is so near to what doubles cannot tell apart that the schema's judge may see another. */
function hasOddNumbers(value: Json): boolean {
  if (typeof value === "number") return Math.abs(value) > 1e15 || (value !== 0 && Math.abs(value) < 1e-15);
  return (
    value !== null && typeof value === "object" && Object.values(value).some((item) => hasOddNumbers(item))
  );
}

/**
 * What a plugin makes of texts as its configuration. It refuses what is no JSON object, with `strict_mode` just what its
 * schema refuses, and never what the schema allows; a refusal has a line in the log that says why.
 */
export function configurationsOf(
  plugin: PluginFolder,
  fuzzed: FuzzedModule,
): Subject & { readonly taken: number } {
  const keys = keysOf(plugin.schema);
  const readsAny = keys.length > 0;
  const host = new SettingsHost(fuzzed.module);
  let taken = 0;
  const quoted = (text: string) => Buffer.from(JSON.stringify(text));
  const valid = validConfigurations(plugin, 1, 24);
  const strict = valid.map((settings) => ({ strict_mode: true, ...settings }));
  const own = new MadeSettings(plugin, [...valid, ...strict], LARGEST);
  const examples = valid.map((settings) => Buffer.from(JSON.stringify(settings)));
  return {
    name: `${plugin.name}'s configuration`,
    seeds: [
      ...examples,
      ...examples.map((text) => Buffer.from(text.toString().replace(/^\{/, '{"strict_mode":true,'))),
    ].filter((text) => text.length <= LARGEST),
    words: [
      ...keys.flatMap(({ key, schema }) => [
        quoted(key),
        ...(schema.examples ?? []).map((example) =>
          Buffer.from(`${JSON.stringify(key)}:${JSON.stringify(example)},`),
        ),
      ]),
      ...[
        '"',
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        "0",
        "-1",
        "1e3",
        "true",
        "null",
        '""',
        "{}",
        "[]",
        '"\\u0000"',
        '"a b"',
      ].map((word) => Buffer.from(word)),
    ],
    largest: LARGEST,
    get reached() {
      return host.reached;
    },
    /** How many were taken. */
    get taken() {
      return taken;
    },
    make: readsAny ? (random) => own.make(random, host.reached) : () => null,
    attempt(input) {
      const accepted = host.configure(input);
      if (accepted) taken += 1;
      if (!readsAny) return;
      if (accepted === host.errors > 0)
        throw new Disagreement(`taken: ${accepted}, with ${host.errors} errors in the log`);
      const settings = own.settingsOf(input) ?? settingsIn(input);
      if (settings === null) {
        if (accepted) throw new Disagreement("what is no JSON object was taken");
        return;
      }
      if (hasOddNumbers(settings)) return;
      const allowed = plugin.isValid(settings);
      if (allowed) own.takeIn(input);
      if (allowed === accepted || (accepted && !isStrict(settings))) return;
      // Whether a key is one no schema can say.
      if (allowed && input.includes('"jwks"')) return;
      const why = (plugin.isValid.errors ?? []).map(
        ({ instancePath, message }) => `${instancePath} ${message}`,
      );
      throw new Disagreement(
        `the schema ${allowed ? "allows" : "refuses"} it, the plugin does not: ${why.join()}`,
      );
    },
    check() {
      if (host.memorySize > LARGEST_MEMORY) throw new Disagreement(`its memory has ${host.memorySize} bytes`);
    },
    coverage() {
      return { blocks: fuzzed.blocks.count, reached: host.reached };
    },
  };
}
