import { type Json, keysOf, resolve, type Schema } from "./schemas.js";

/** Numbers that look random and are the same in every run. (mulberry32) */
export function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value from the schema's own examples, defaults and alternatives. It may break rules that span several keys. */
export function generate(document: Schema, schema: Schema, random: () => number): Json {
  const whole = resolve(document, schema) as Schema & { enum?: Json[] };
  const pick = <T>(values: T[]): T => values[Math.floor(random() * values.length)]!;
  const types = [whole.type ?? []].flat();
  if (types.includes("null") && random() < 0.3) return null;
  if (whole.enum) return pick(whole.enum);
  if (whole.patternProperties) return pick(whole.examples ?? []);
  if (types.includes("object")) {
    const entries: [string, Json][] = [];
    const properties = Object.entries(whole.properties ?? {});
    // With half of many keys some would nearly always break a rule that spans several.
    const chance = Math.min(0.5, 4 / properties.length);
    for (const [key, value] of properties) {
      if (typeof value !== "boolean" && random() < chance)
        entries.push([key, generate(document, value, random)]);
    }
    return Object.fromEntries(entries);
  }
  if (types.includes("array") && whole.items && random() < 0.7) {
    const length = Math.floor(random() * 3) + (random() < 0.9 ? 1 : 0);
    return Array.from({ length }, () => generate(document, whole.items!, random));
  }
  if (types.includes("boolean")) return random() < 0.5;
  const { minimum, maximum } = whole as { minimum?: number; maximum?: number };
  if (types.includes("integer")) {
    const least = minimum ?? 0;
    return least + Math.floor(random() * ((maximum ?? least + 1000) - least + 1));
  }
  return pick([...(whole.examples ?? []), ...(whole.default !== undefined ? [whole.default] : strings)]);
}

/** Texts that one or the other key takes and others refuse. */
const strings = [
  ..."| |/|//|/api|/api?x|/a#b|api|x-a|X-A|host|HOST|hosts|:path|x a|x\ta|x\r\ny|a\u0000|\u007f|é|😀|-|!#$%&'*+-.^_`|~".split(
    "|",
  ),
  ..."{|}|{}|{{|{{}|{request}|{request.}|{request.path}|{request..}|{x.y}|{start_time}|{start_time.x}".split(
    "|",
  ),
  ..."{plugin_name}|{plugin_name.x}|{plugin}|a{b|{{{request.path}}|{ request.path}|{request.path|{source.address}{".split(
    "|",
  ),
  ..."{request.headers.a\u0001b}|{request.a\nb}|{filter_state.a b}|{metadata.a}{xds.b}{{".split("|"),
  ..."*|*.|.*|*.*|**|a*|*a|a.*.b|*.example.com|example.*|a.b:80|:80|[::1]|[::1]:80|::1|.|..|.a|a.|a/b|*.a.".split(
    "|",
  ),
  ..."a@b|a@|*...|*..|...|.:.*:80".split("|"),
  ..."add|set|append|remove|default|Add|request|response|Request|both|trace|debug|info|warn|error|critical|INFO".split(
    "|",
  ),
  ...'true|null|200|GET|{"a":1}|a\\b|"'.split("|"),
  ..."_|_a1|1a|a-b|Authorization|x_Api-Key|Set-Cookie|x-session_id|x-token-count".split("|"),
  "a:\u2028b",
  "x".repeat(128),
  "x".repeat(129),
];

/** Values of every kind, of which one or the other key takes some. */
export const oddValues: Json[] = [
  ...[null, true, false, 0, 1, -1, 99, 100, 200, 599, 600, 200.5, 2e2, 1e15, 1e300, -0.5],
  ...strings,
  ...[[], [null], [[]], [{}], [1], [100, 599], [99], [600], [200.5], ["a"], [""], ["GET", 1], [true]],
  Array.from({ length: 33 }, () => "x-a"),
  ...[{}, { a: 1 }, { name: "x-a" }, { hosts: ["a.com"] }],
  ...[
    ["a", "b"],
    [["a", "b"]],
    [["a", "b", "c"]],
    [["a"]],
    [["a", 1]],
    [["", ""]],
    [["a", "\n"]],
    ["a", "b", "c"],
  ],
  ...[
    [["host", "a"]],
    [["Host", ""]],
    [["Content-Length", "1"]],
    [["a", "transfer-encoding"]],
    [["/a", "b"]],
  ],
  ...[
    ["/a", "/b"],
    ["/a", "b"],
    ["/a?", "/b"],
    ["/a", "/b c"],
    ["(a)", "\\1"],
    ["(?:a)", "\\1"],
    ["(a", "/"],
  ],
  ...[
    ["[(](a)\\(", "\\2"],
    ["a", "\\x"],
    ["a", "\\\\"],
    ["a", "?"],
    ["a{2,1}", "/"],
    ["[z-a]", "/"],
  ],
];

/** Keys of maps, of which some are paths of JSON values. */
const mapKeys = [
  ...'a|a.b|a[0]|[0]|[0].a|a..b|.a|a.|a[|a[]|a[00]|a[01]|a[999999]|a[1000000]|a]|a b|é|😀|a"b|a\nb'.split(
    "|",
  ),
  ..."a\\.b|a\\b|a\\|a\\[0]|a[0]b|a[0].b|a[-1]|a[0][1]|\u0001|".split("|"),
  Array.from({ length: 32 }, () => "a").join("."),
  Array.from({ length: 33 }, () => "a").join("."),
];

/** Where a mutant differs from what it was made of: the path as schemas have it, and how. */
export interface Mutant {
  path: string;
  how: "missing" | "replaced" | "added" | "unknown key";
  value: Json;
}

/**
 * Everything that one change makes of a configuration: each key taken away, each value replaced, each key that is not
 * there added with the schema's examples, and one that the schema does not have.
 */
export function mutants(root: Json, document: Schema): Mutant[] {
  const found: Mutant[] = [];
  const keys = keysOf(document);
  const maps = new Set(keys.filter(({ schema }) => schema.patternProperties).map(({ path }) => path));
  const visit = (value: Json, path: string, put: (other: Json) => Json) => {
    const add = (how: Mutant["how"], where: string, other: Json) =>
      found.push({ how, path: where, value: put(other) });
    // Settings of an override are read by what reads those at the top: a few values will do there.
    const odds = oddValues.filter((_, index) => !path.startsWith("overrides[].config.") || index % 9 === 0);
    if (path !== "") for (const odd of odds) add("replaced", path, odd);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries())
        visit(item, `${path}[]`, (other) => put(value.with(index, other)));
    } else if (value !== null && typeof value === "object" && maps.has(path)) {
      // Whatever a map's keys are called, they are the user's own.
      for (const key of mapKeys)
        for (const other of [1, "a", { a: [1] }]) add("replaced", path, { [key]: other });
      for (const key of Object.keys(value))
        for (const odd of odds) add("replaced", path, { ...value, [key]: odd });
    } else if (value !== null && typeof value === "object") {
      add("unknown key", path, { ...value, no_such_key: 1 });
      for (const { path: place, key, schema } of keys) {
        if (key in value || place !== (path === "" ? key : `${path}.${key}`)) continue;
        for (const example of schema.examples ?? []) add("added", place, { ...value, [key]: example });
      }
      for (const [key, item] of Object.entries(value)) {
        const place = path === "" ? key : `${path}.${key}`;
        const { [key]: _, ...rest } = value;
        add("missing", place, rest);
        visit(item, place, (other) => put({ ...value, [key]: other }));
      }
    }
  };
  visit(root, "", (other) => other);
  return found;
}
