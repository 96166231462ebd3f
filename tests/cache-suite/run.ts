/**
 * Plays the public suite for HTTP caches against the plugin and against Envoy's own cache filter, and counts:
 *
 *   node --import tsx tests/cache-suite/run.ts --suite FOLDER [--against NAME]... [--id TEST] [--failed] [--alone]
 *   node --import tsx tests/cache-suite/run.ts --suite FOLDER --origin-port PORT --base URL
 *
 * `--failed` lists what did not pass and why, `--alone` judges each test by itself, whatever it depends on. The second
 * form is for any other cache, started by hand in front of that port.
 */
import { parseArgs } from "node:util";
import { findEnvoy } from "../../cli/envoy/find.js";
import type { HttpFilter } from "../../cli/envoy/filters.js";
import { Envoy } from "../../cli/envoy/process.js";
import { table } from "../../cli/table.js";
import { run, WrongUse } from "../../cli/terminal.js";
import { plugin } from "../envoy/harness.js";
import { Suite, type Verdict } from "./suite.js";

const native = {
  name: "envoy.filters.http.cache",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.cache.v3.CacheConfig",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig",
    },
  },
};

/** What stands between the suite's client and its origin, by name. */
const subjects: Record<string, () => Promise<HttpFilter[]>> = {
  plugin: async () => [{ name: "cache", code: await plugin("cache") }],
  "plugin-ttl-0": async () => [
    { name: "cache", code: await plugin("cache"), configuration: { cache_ttl_seconds: 0 } },
  ],
  "envoy-cache": async () => [native],
  "envoy-alone": async () => [],
};

async function against(
  suite: Suite,
  name: string,
  id: string | undefined,
  alone: boolean,
): Promise<Verdict[]> {
  const filters = await subjects[name]!();
  return suite.withOrigin(async (port) => {
    const envoy = await Envoy.start({
      binary: (await findEnvoy()).path,
      concurrency: 2,
      listeners: [{ name: "main", filters, routes: [{ cluster: "origin" }] }],
      clusters: [{ name: "origin", address: { port } }],
    });
    try {
      const base = `http://127.0.0.1:${envoy.port("main")}`;
      if (id === undefined) return await suite.run(base, alone);
      console.log(await suite.runOne(base, id));
      return [];
    } finally {
      await envoy.stop();
    }
  });
}

function count(name: string, verdicts: Verdict[]): (string | number)[] {
  const of = (kind: Verdict["kind"], passed: boolean) =>
    verdicts.filter((verdict) => verdict.kind === kind && (verdict.result === "pass") === passed).length;
  return [
    name,
    ...(["required", "optimal", "check"] as const).flatMap((kind) => [of(kind, true), of(kind, false)]),
  ];
}

await run(async () => {
  const { values } = parseArgs({
    options: {
      suite: { type: "string" },
      against: { type: "string", multiple: true },
      base: { type: "string" },
      "origin-port": { type: "string" },
      id: { type: "string" },
      failed: { type: "boolean" },
      alone: { type: "boolean" },
    },
  });
  if (values.suite === undefined) throw new WrongUse("--suite FOLDER names a copy of http-tests/cache-tests");
  const suite = await Suite.in(values.suite);
  const results = new Map<string, Verdict[]>();
  const { base, alone = false } = values;
  if (base !== undefined) {
    results.set(base, await suite.withOrigin(() => suite.run(base, alone), Number(values["origin-port"])));
  } else {
    const names = values.against ?? Object.keys(subjects);
    const unknown = names.find((name) => !(name in subjects));
    if (unknown !== undefined)
      throw new WrongUse(`${unknown} is none of ${Object.keys(subjects).join(", ")}`);
    for (const name of names) results.set(name, await against(suite, name, values.id, alone));
  }
  if (values.id !== undefined) return;
  const head = ["", "required", "failed", "optional", "failed", "checks: yes", "no"];
  console.log(
    table(
      head,
      [...results].map(([name, verdicts]) => count(name, verdicts)),
    ),
  );
  if (values.failed !== true) return;
  for (const [name, verdicts] of results) {
    for (const { id, kind, result, detail } of verdicts) {
      if (result !== "pass") console.log(`${name}: ${kind} ${id}: ${result}${detail && `: ${detail}`}`);
    }
  }
});
