import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { httpFilter, type DiscoveredFilter, type NativeFilter } from "../../cli/envoy/filters.js";
import { root } from "../../cli/root.js";
import { fixture, Proxy, type ProxyOptions } from "../envoy/harness.js";
import { istioStatsConfig } from "../envoy/istio-stats.js";
import { type Sample, samplesOf } from "../envoy/prometheus.js";
import { dashboard, rules, selected } from "./expressions.js";

const wasm = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

/** What docs/monitoring.md tells users to write, by the key that it begins with. */
async function advice(key: string): Promise<Record<string, Record<string, unknown>>> {
  const text = await readFile(join(root, "docs", "monitoring.md"), "utf8");
  const blocks = [...text.matchAll(/^```yml\n(.*?)^```$/gms)].map(
    ([, block]) => parse(block!) as Record<string, Record<string, unknown>>,
  );
  const found = blocks.filter((block) => key in block);
  assert.equal(found.length, 1, `${found.length} blocks of docs/monitoring.md with ${key}`);
  return found[0]!;
}

/** How a proxy is told of labels, and how it calls plugins: an Envoy of one's own, and one that Istio starts. */
interface Kind {
  name: string;
  stats: () => Promise<Record<string, unknown>>;
  nameOf: (plugin: string) => string;
}

const kinds: Kind[] = [
  {
    name: "an Envoy of one's own",
    stats: () => advice("stats_config"),
    nameOf: (plugin) => `default.${plugin}`,
  },
  {
    name: "an Envoy as Istio starts it",
    stats: async () => {
      const { metadata } = await advice("metadata");
      const annotations = metadata!["annotations"] as Record<string, string>;
      const { stats_config } = istioStatsConfig(annotations["sidecar.istio.io/extraStatTags"]!) as {
        stats_config: { stats_matcher: { inclusion_list: { patterns: object[] } } };
      };
      const { proxyStatsMatcher } = parse(annotations["proxy.istio.io/config"]!) as {
        proxyStatsMatcher: { inclusionPrefixes: string[] };
      };
      for (const prefix of proxyStatsMatcher.inclusionPrefixes)
        stats_config.stats_matcher.inclusion_list.patterns.push({ prefix });
      const buckets = JSON.parse(annotations["sidecar.istio.io/statsHistogramBuckets"]!) as Record<
        string,
        number[]
      >;
      const settings = Object.entries(buckets).map(([prefix, bounds]) => ({
        match: { prefix },
        buckets: bounds,
      }));
      return { stats_config: { ...stats_config, histogram_bucket_settings: settings } };
    },
    nameOf: (plugin) => `extensions.istio.io/trafficextension/default.${plugin}~istio-translated-wasmplugin`,
  },
];

/** A filter that Envoy reads from a file, which is what ECDS is without a server; and how it is changed. */
function discovered(name: string, file: string): DiscoveredFilter {
  const source = { path_config_source: { path: file }, resource_api_version: "V3" };
  // Envoy would wait for a configuration that it takes; this one does nothing.
  const idle = {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
  };
  const types = [wasm, idle["@type"]];
  return {
    name,
    config_discovery: {
      config_source: source,
      type_urls: types,
      default_config: idle,
      apply_default_config_without_warming: true,
    },
  };
}

async function publish(
  name: string,
  file: string,
  version: number,
  code: string,
  configuration: object,
): Promise<void> {
  const settings = configuration as Record<string, unknown>;
  const { typed_config } = httpFilter({ name, code, configuration: settings }) as NativeFilter;
  const type = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";
  const resource = { "@type": type, name, typed_config };
  await writeFile(`${file}.new`, JSON.stringify({ version_info: String(version), resources: [resource] }));
  await rename(`${file}.new`, file);
}

/** A filter whose module Envoy is to fetch from where there is none. */
const remote: NativeFilter = {
  name: "remote",
  typed_config: {
    "@type": wasm,
    config: {
      name: "remote",
      failure_policy: "FAIL_OPEN",
      vm_config: {
        vm_id: "remote",
        runtime: "envoy.wasm.runtime.v8",
        code: {
          remote: {
            http_uri: { uri: "http://store/x.wasm", cluster: "nowhere", timeout: "1s" },
            sha256: "a".repeat(64),
            retry_policy: { num_retries: 0 },
          },
        },
      },
    },
  },
};

/** Waits until a page has what is asked for; the last page says why not. */
async function pageWith(proxy: Proxy, holds: (samples: Sample[]) => boolean): Promise<Sample[]> {
  for (let turn = 0; ; turn++) {
    const samples = samplesOf(await proxy.envoy.admin.prometheus());
    if (holds(samples) || turn === 100) return samples;
    await sleep(100);
  }
}

const valueOf = (
  samples: Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined => {
  const found = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
};

/** As the rules make a plugin's name of a statistic's. */
async function byPlugin(samples: Sample[], record: string): Promise<Record<string, number>> {
  const rule = (await rules()).find((candidate) => candidate.record === record);
  const parts = /"\$1",\s*"__name__",\s*"([^"]*)"/.exec(rule?.expr ?? "");
  assert.ok(parts !== null, `no rule writes ${record}`);
  const { patterns } = selected(rule!.expr);
  const shown = samples.filter(({ name }) => patterns.every((pattern) => pattern.test(name)));
  return Object.fromEntries(
    shown.map(({ name, value }) => [new RegExp(`^(?:${parts[1]})$`).exec(name)?.[1] ?? "", value]),
  );
}

for (const kind of kinds) {
  suite(`what is told of plugins by ${kind.name}`, () => {
    test("moves when it happens, with the labels that the rules read", async () => {
      const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-watched-"));
      const code = await fixture("watched");
      const file = join(folder, "discovered.json");
      const name = kind.nameOf("discovered");
      const stats = await kind.stats();
      await publish(name, file, 1, code, { measure: true });
      const options: ProxyOptions = {
        filters: [
          {
            fixture: "watched",
            name: kind.nameOf("watched"),
            vmId: "watched",
            configuration: { measure: true, version: "v1" },
            failurePolicy: "FAIL_RELOAD",
            reloadInterval: "0.02s",
          },
        ],
        answer: ({ path }) => (path === "/slow" ? { delay: 400 } : {}),
        listeners: [
          {
            name: "others",
            routes: [{ direct: { status: 200 } }],
            filters: [discovered(name, file), remote],
          },
        ],
        clusters: [{ name: "nowhere", address: { port: 1 } }],
        more: { stats_flush_interval: "0.2s", ...stats },
      };
      const proxy = await Proxy.start(options);
      try {
        const watched = { wasm_plugin: "default_watched" };
        const time = "wasm_plugin_time_microseconds";
        const callout = "wasm_plugin_callout_milliseconds";

        // Its own time: that of the request and of the response together, and nothing of the upstream's.
        for (const path of ["/", "/busy/30", "/slow"]) assert.equal((await proxy.request(path)).status, 200);
        let page = await pageWith(proxy, (samples) => valueOf(samples, `${time}_count`, watched) === 3);
        assert.equal(valueOf(page, `${time}_count`, watched), 3);
        const spent = valueOf(page, `${time}_sum`, watched)!;
        assert.ok(spent > 28_000 && spent < 300_000, `${spent} microseconds, of which 30,000 were asked for`);
        assert.equal(valueOf(page, `${time}_bucket`, { ...watched, le: "25000" }), 2);
        assert.notEqual(valueOf(page, `${time}_bucket`, { ...watched, le: "100000" }), undefined);

        // Calls: an answer, whose handler's time is the plugin's own, and no connection.
        assert.equal((await proxy.request("/call/upstream")).status, 200);
        assert.equal((await proxy.request("/call/nowhere")).status, 200);
        const calls = (samples: Sample[], outcome: string) =>
          valueOf(samples, `${callout}_count`, { ...watched, outcome });
        page = await pageWith(proxy, (samples) => calls(samples, "unreachable") === 1);
        assert.equal(calls(page, "answered"), 1);
        assert.equal(calls(page, "unreachable"), 1);
        assert.notEqual(valueOf(page, `${callout}_bucket`, { ...watched, le: "100" }), undefined);

        // Answers of its own.
        for (const status of [403, 403, 401, 503])
          assert.equal((await proxy.request(`/answer/${status}`)).status, status);
        page = await pageWith(proxy, () => true);
        const replies = (status: string) =>
          valueOf(page, "wasm_plugin_replies_total", { ...watched, status });
        assert.deepEqual([replies("403"), replies("401"), replies("503")], [2, 1, 1]);

        // A configuration that is taken, then one that the plugin refuses.
        const taken = "wasm_plugin:config_successes:total";
        const refused = "wasm_plugin:config_failures:total";
        assert.equal((await byPlugin(page, taken))["default_discovered"], 1);
        assert.equal((await byPlugin(page, refused))["default_discovered"], 0);
        await publish(name, file, 2, code, { measure: "yes" });
        await proxy.envoy.log.waitFor(/measure: expected true or false/, 10_000);
        page = await pageWith(proxy, (samples) =>
          samples.some((sample) => sample.name.endsWith("discovered_config_fail") && sample.value > 0),
        );
        for (
          let turn = 0;
          turn < 50 && !((await byPlugin(page, refused))["default_discovered"]! > 0);
          turn++
        ) {
          await sleep(100);
          page = samplesOf(await proxy.envoy.admin.prometheus());
        }
        assert.ok((await byPlugin(page, refused))["default_discovered"]! > 0, "a refusal does not count");

        // A module that cannot be fetched.
        page = await pageWith(
          proxy,
          (samples) => valueOf(samples, "envoy_wasm_remote_load_fetch_failures") === 1,
        );
        assert.equal(valueOf(page, "envoy_wasm_remote_load_fetch_failures"), 1);

        // Traps, and VMs started anew.
        const created = valueOf(page, "envoy_wasm_envoy_wasm_runtime_v8_created")!;
        for (let traps = 0; traps < 3; traps++) {
          assert.equal((await proxy.request("/trap")).status, 503);
          await sleep(100);
          for (let turn = 0; turn < 50 && (await proxy.request("/")).status !== 200; turn++) await sleep(50);
        }
        page = await pageWith(proxy, () => true);
        assert.equal((await byPlugin(page, "wasm_plugin:vm_reloads:total"))["default_watched"], 3);
        assert.equal((await byPlugin(page, "wasm_plugin:vm_reload_failures:total"))["default_watched"], 0);
        assert.equal(valueOf(page, "envoy_wasm_envoy_wasm_runtime_v8_created"), created + 3);
        assert.ok(valueOf(page, "envoy_wasm_envoy_wasm_runtime_v8_active")! > 0);

        await everyMetricIsThere(page);
      } finally {
        await proxy.stop();
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
}

/** Not Envoy's: what Istio's agent counts, and what plugins of the library do, whose own tests see it. */
const elsewhere = /^(istio_agent_|cache_requests_total$|wasm_plugin:)/;

/** All that the rules, the dashboard and the page name is on this page of Envoy's. */
async function everyMetricIsThere(page: Sample[]): Promise<void> {
  const names = new Set(page.map(({ name }) => name));
  const expressions = [...(await rules()), ...(await dashboard()).panels.flatMap(({ targets }) => targets)];
  for (const { expr } of expressions) {
    const { names: wanted, patterns } = selected(expr);
    for (const name of wanted) assert.ok(elsewhere.test(name) || names.has(name), `${name}, of ${expr}`);
    for (const pattern of patterns) {
      if (pattern.source.includes("over_limit")) continue;
      assert.ok(
        [...names].some((name) => pattern.test(name)),
        `${pattern}, of ${expr}`,
      );
    }
  }
  const text = await readFile(join(root, "docs", "monitoring.md"), "utf8");
  const told = [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!);
  assert.ok(told.length > 8);
  for (const name of told) {
    const form = new RegExp(`^${name.replaceAll(/<\w+>/g, ".+")}(?:_count)?$`);
    assert.ok(
      [...names].some((other) => form.test(other)),
      `${name}, of docs/monitoring.md`,
    );
  }
}

test("nothing is shown of a plugin that is not asked to measure", async () => {
  const proxy = await Proxy.start({
    filters: [{ fixture: "watched", configuration: { version: "v1" } }],
    more: { stats_flush_interval: "0.2s", ...(await advice("stats_config")) },
  });
  try {
    await proxy.request("/");
    assert.equal((await proxy.request("/answer/403")).status, 403);
    await sleep(500);
    assert.doesNotMatch(await proxy.envoy.admin.prometheus(), /wasm_plugin/);
  } finally {
    await proxy.stop();
  }
});
