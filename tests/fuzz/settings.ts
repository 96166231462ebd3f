import { ScriptedHost } from "../host/scripted-host.js";
import { type Json, keysOf, type PluginFolder } from "../plugins/schemas.js";
import type { Subject } from "./campaign.js";
import { validConfigurations } from "./configurations.js";
import { countReached, reachedBits, reachedOf } from "./coverage.js";
import type { FuzzedModule } from "./module.js";
import { Disagreement } from "./parser.js";
import { plain, readJson } from "./reference/json.js";

/** How many configurations a VM reads before the next one takes its place. */
const READ_BY_ONE = 20_000;
const LARGEST = 1400;
const LARGEST_MEMORY = 4 << 20;
const ERROR = 4;

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
export function configurationsOf(plugin: PluginFolder, fuzzed: FuzzedModule): Subject {
  const keys = keysOf(plugin.schema);
  const readsAny = keys.length > 0;
  let reached = new Uint32Array(Math.ceil(fuzzed.blocks.count / 32));
  let errors = 0;
  const begin = () => {
    const host = new ScriptedHost(fuzzed.module, ({ name, args }) => {
      if (name === "proxy_log" && args["level"] === ERROR) errors += 1;
    });
    host.recording = false;
    host.on("proxy_log", 0);
    return { host, reached: reachedOf(host.exports), read: 0 };
  };
  let vm = begin();
  const renew = () => {
    reached = reachedBits(vm.host.exports, fuzzed.blocks).map((word, i) => word | reached[i]!);
    vm = begin();
  };
  const configure = (input: Buffer): boolean => {
    errors = 0;
    vm.read += 1;
    const root = vm.host.create();
    const accepted = vm.host.vmStart(root) && vm.host.configure(root, input);
    vm.host.call("proxy_on_done", root);
    vm.host.delete(root);
    vm.host.waiting.clear();
    vm.host.shared.clear();
    vm.host.metrics.length = 0;
    return accepted;
  };
  const quoted = (text: string) => Buffer.from(JSON.stringify(text));
  const examples = validConfigurations(plugin, 1, 24).map((settings) =>
    Buffer.from(JSON.stringify(settings)),
  );
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
      return vm.reached();
    },
    attempt(input) {
      const accepted = configure(input);
      if (vm.read === READ_BY_ONE) renew();
      if (!readsAny) return;
      const given = input.toString("latin1");
      const value = /^[ \t\r\n]*$/.test(given) ? { type: "object" as const, members: [] } : readJson(input);
      if (accepted === errors > 0)
        throw new Disagreement(`taken: ${accepted}, with ${errors} errors in the log`);
      if (value?.type !== "object") {
        if (accepted) throw new Disagreement("what is no JSON object was taken");
        return;
      }
      const settings = asObjects(plain(value)) as Record<string, Json>;
      if (hasOddNumbers(settings)) return;
      const allowed = plugin.isValid(settings);
      if (allowed === accepted || (accepted && settings["strict_mode"] !== true)) return;
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
      const size = vm.host.memory.buffer.byteLength;
      if (size > LARGEST_MEMORY) throw new Disagreement(`its memory has ${size} bytes`);
    },
    coverage() {
      const all = reachedBits(vm.host.exports, fuzzed.blocks).map((word, i) => word | reached[i]!);
      const blocks = Array.from({ length: fuzzed.blocks.count }, (_, block) => block);
      return { blocks: blocks.length, reached: countReached(all, blocks) };
    },
  };
}
