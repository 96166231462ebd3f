import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { compilePlugin } from "../../cli/compile.js";
import { pluginModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { LogLevel, MetricType, ProxyWasmHost, SharedState } from "../../host/index.js";

const compiled = async () =>
  readFile((await compilePlugin(join(root, "plugins", "custom-metrics"), pluginModules)).file);

/** Two workers of one process. */
async function workers(shared: SharedState, configuration: object): Promise<ProxyWasmHost[]> {
  const wasm = await compiled();
  const pluginConfig = JSON.stringify(configuration);
  return Promise.all(
    [0, 1].map(() => ProxyWasmHost.load(wasm, { rootId: "custom-metrics", shared, pluginConfig })),
  );
}

const seriesIn = (shared: SharedState) =>
  shared.metrics.filter(({ type, name }) => type === MetricType.Counter && name.endsWith("_requests_total"));

const harm = (hosts: ProxyWasmHost[]) =>
  hosts.flatMap(({ logs }) => logs.filter(({ level }) => level > LogLevel.Info));

test("custom-metrics keeps any number of values within max_series on two workers", async (context) => {
  const values = Number(process.env["CUSTOM_METRICS_VALUES"] ?? 100_000);
  const shared = new SharedState();
  const most = 1000;
  const settings = { metrics_prefix: "shop", include_headers: ["x-request-id"], max_series: most };
  const hosts = await workers(shared, settings);
  const methods = ["GET", "POST", "PUT", "BREW"];
  const kept = () => [...shared.entries().keys()].length;
  let keysOnceFull = 0;
  for (let sent = 0; sent < values; sent++) {
    const method = sent % 100 === 99 ? methods[(sent / 100) & 3]! : "GET";
    const headers: [string, string][] = [["x-request-id", `value ${sent}`]];
    await hosts[sent & 1]!.fetch({ method, headers }, { status: sent % 1000 === 0 ? 500 : 200 });
    if (sent === 2000) keysOnceFull = kept();
  }
  const series = seriesIn(shared);
  context.diagnostic(`${values} values, ${series.length} series, ${kept()} keys of shared data`);
  assert.ok(series.length <= most && series.length > most - 71, `${series.length} series`);
  assert.equal(
    series.reduce((sum, { value }) => sum + Number(value), 0),
    values,
  );
  assert.ok(kept() <= keysOnceFull + 20 && kept() <= most + 1, `${kept()} keys of shared data`);
  // Errors and methods still show.
  for (const [method, code] of [
    ["GET", "5xx"],
    ["POST", "2xx"],
    ["other", "2xx"],
  ])
    assert.ok(
      series.some(({ name }) =>
        name.startsWith(`method=.=${method};.;response_code_class=.=${code};.;x_request_id=.=other;.;`),
      ),
      `${method} ${code}`,
    );
  assert.deepEqual(harm(hosts), []);
});

test("custom-metrics lets the workers fill the places between them, each series once", async () => {
  const shared = new SharedState();
  const settings = { metrics_prefix: "shop", include_headers: ["x-a"], max_series: 20 };
  const hosts = await workers(shared, settings);
  for (let round = 0; round < 3; round++) {
    for (let value = 0; value < 40; value++) {
      for (const host of hosts) await host.fetch({ headers: [["x-a", String(value)]] });
    }
  }
  const series = () =>
    new Map(seriesIn(shared).map(({ name, value }) => [/GET.*x_a=\.=(.*?);/.exec(name)?.[1], Number(value)]));
  // Half of the places is for values, the others are kept for what says less.
  assert.equal(series().size, 11);
  for (let value = 0; value < 10; value++) assert.equal(series().get(String(value)), 6);
  assert.equal(series().get("other"), 30 * 6);
  // Another plugin of the process, with more room, goes on with those.
  const [wider] = await workers(shared, { ...settings, max_series: 30 });
  for (let value = 0; value < 40; value++) await wider!.fetch({ headers: [["x-a", String(value)]] });
  assert.equal(seriesIn(shared).length, 15);
  // With less room than there are series none is lost, and each request counts.
  const [narrower] = await workers(shared, { ...settings, max_series: 5 });
  const sum = () => seriesIn(shared).reduce((total, { value }) => total + Number(value), 0);
  const before = sum();
  for (let value = 0; value < 40; value++)
    await narrower!.fetch({ method: "PUT", headers: [["x-a", String(value)]] });
  await narrower!.fetch({ headers: [["x-a", "1"]] });
  assert.equal(series().get("1"), 6 + 1 + 1);
  assert.equal(sum(), before + 41);
  assert.equal(seriesIn(shared).length, 16);
  assert.deepEqual(harm([...hosts, wider!, narrower!]), []);
});

test("custom-metrics takes its requests off the gauge when it ends before them", async () => {
  const shared = new SharedState();
  const hosts = await workers(shared, { metrics_prefix: "shop" });
  const active = () => Number(shared.metrics.find(({ name }) => name === "shop_active_requests")!.value);
  const streams = hosts.flatMap((host) => [host.stream(), host.stream()]);
  for (const stream of streams) stream.requestHeaders([[":path", "/"]], true);
  assert.equal(active(), 4);
  hosts[0]!.destroy();
  assert.equal(active(), 2);
  for (const stream of streams) stream.close();
  assert.equal(active(), 0);
});
