import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../../cli/request.js";
import { Proxy } from "../envoy/harness.js";
import { moduleFile, probe, until, withProxy } from "./harness.js";

const statsTags = [
  { name: "method", regex: "(method=\\.=(.*?);\\.;)" },
  { name: "class", regex: "(class=\\.=(.*?);\\.;)" },
];

const page = async (port: number | undefined, path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
};

/** The lines about the probe's metrics; Envoy's sum of a histogram is an estimate. */
const ofProbe = (text: string) =>
  text
    .split("\n")
    .filter((line) => /probe_|probe\.|p_requests/.test(line) && !/_sum/.test(line) && !/: P0/.test(line));

test("metrics stand on the pages as on Envoy's", async () => {
  const envoy = await Proxy.start({
    filters: [{ code: await moduleFile("probe"), name: "a", rootId: "probe" }],
    statsTags,
  });
  const expected = { stats: "", prometheus: "" };
  try {
    await envoy.request("/count");
    // A histogram shows after Envoy's next flush.
    for (let tries = 0; tries < 100 && !expected.prometheus.includes("probe_sizes_count{} 2"); tries++) {
      expected.prometheus = await envoy.envoy.admin.prometheus();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expected.stats = await envoy.envoy.admin.text("/stats");
  } finally {
    await envoy.stop();
  }
  await withProxy({ plugins: [await probe("a")], statsTags, admin: true }, async ({ proxy }) => {
    await request(proxy.port, { path: "/count" });
    const stats = await page(proxy.adminPort, "/stats");
    assert.deepEqual(ofProbe(stats.text), ofProbe(expected.stats));
    const prometheus = await page(proxy.adminPort, "/stats/prometheus");
    assert.deepEqual(ofProbe(prometheus.text), ofProbe(expected.prometheus));
    assert.match(prometheus.text, /^probe_sizes_sum\{\} 303$/m);
    assert.equal((await page(proxy.adminPort, "/stats?format=prometheus")).text, prometheus.text);
    const chosen = await page(proxy.adminPort, "/stats?format=json&filter=probe_requests");
    assert.deepEqual(JSON.parse(chosen.text), { stats: [{ name: "wasmcustom.probe_requests", value: 1 }] });
  });
});

test("the pages say whether it serves, what was logged and what is configured", async () => {
  const service = new URL("http://service.test/");
  const options = { plugins: [await probe("a")], clusters: { service }, workers: 2, admin: true };
  await withProxy(options, async ({ proxy, upstream }) => {
    const { adminPort } = proxy;
    assert.equal((await page(adminPort, "/ready")).text, "LIVE\n");
    assert.match((await page(adminPort, "/logs")).text, /\]\[1\]\[info\]\[wasm\] wasm log a: a configured\n/);
    const dump = JSON.parse((await page(adminPort, "/config_dump")).text) as Record<string, unknown>;
    assert.equal(dump["upstream"], `http://127.0.0.1:${upstream.port}`);
    assert.deepEqual(dump["clusters"], { service: "http://service.test/" });
    assert.equal(dump["workers"], 2);
    assert.match(JSON.stringify(dump["plugins"]), /"configuration":\{"name":"a"\}.*"sha256":"[0-9a-f]{64}"/);
    assert.equal((await page(adminPort, "/nothing")).status, 404);
    assert.match((await page(adminPort, "/")).text, /\/config_dump/);
    assert.equal((await page(adminPort, "/stats?filter=(")).status, 400);
  });
});

test("requests are counted by their class", async () => {
  await withProxy(
    { plugins: [], admin: true, answer: ({ path }) => ({ status: Number(path.slice(1)) }) },
    async ({ proxy }) => {
      for (const status of [200, 201, 404, 503]) await request(proxy.port, { path: `/${status}` });
      const shown = async () => (await page(proxy.adminPort, "/stats")).text;
      let text = "";
      await until("all are over", () => {
        void shown().then((now) => (text = now));
        return text.includes("http.main.downstream_rq_active: 0");
      });
      for (const line of [
        "downstream_rq_2xx: 2",
        "downstream_rq_4xx: 1",
        "downstream_rq_5xx: 1",
        "downstream_rq_total: 4",
      ])
        assert.ok(text.includes(`http.main.${line}\n`), text);
      assert.ok(text.includes("http.main.downstream_rq_rx_reset: 0\n"), text);
    },
  );
});
