import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { httpFilter, type NativeFilter } from "../../cli/envoy/filters.js";
import { root } from "../../cli/root.js";
import { plugin, type Proxy, type ProxyOptions, withProxy } from "./harness.js";
import { istioStatsConfig } from "./istio-stats.js";
import { type Sample, samplesOf } from "./prometheus.js";

const filter = (configuration: Record<string, unknown>) => ({ plugin: "custom-metrics", configuration });

/** Has histograms merged whenever the page is asked for, or soon. */
const flushed = { stats_flush_interval: "0.1s" };

async function samples(proxy: Proxy): Promise<Sample[]> {
  return samplesOf(await proxy.envoy.admin.prometheus());
}

/** The counter's series by their labels, as they stand on the page. */
async function requestsBy(proxy: Proxy, name = "shop_requests_total"): Promise<Record<string, number>> {
  const found = (await samples(proxy)).filter((sample) => sample.name === name);
  return Object.fromEntries(found.map(({ labels, value }) => [JSON.stringify(labels), value]));
}

async function valueOf(proxy: Proxy, name: string): Promise<number> {
  const found = (await samples(proxy)).filter((sample) => sample.name === name);
  assert.equal(found.length, 1, `${found.length} samples of ${name}`);
  return found[0]!.value;
}

/** What the README tells users to write, by the key that it begins with. */
async function advice(key: string): Promise<Record<string, object>> {
  const text = await readFile(join(root, "plugins", "custom-metrics", "README.md"), "utf8");
  const blocks = [...text.matchAll(/^```yml\n(.*?)^```$/gms)].map(
    ([, block]) => parse(block!) as Record<string, object>,
  );
  const found = blocks.filter((block) => key in block);
  assert.equal(found.length, 1, `${found.length} blocks of README.md with ${key}`);
  return found[0]!;
}

/** What clients can send in a header that reaches the plugin, and the label that it must become. */
const values: [string, string][] = [
  ["acme", "acme"],
  ["", "none"],
  ["v1.2.3", "v1_2_3"],
  ["cache.example.com", "cache_example_com"],
  ["component.x.", "component_x_"],
  ["tag.a;.b", "tag_a__b"],
  ["a;.;method=.=PUT;.;b", "a___method___PUT___b"],
  [";.;", "___"],
  ["_rq_200", "_rq_200"],
  ["x_rq_5xx", "x_rq_5xx"],
  ["a b\tc", "a_b_c"],
  ['quote" and \\n', "quote__and__n"],
  ["a{b}c", "a{b}c"],
  ["10.1.2.3:8080|c", "10_1_2_3_8080_c"],
  ["caf\u00e9", "caf_"],
  [Buffer.from("Grüße 😀").toString("latin1"), "Grüße_😀"],
  ["\u00ed\u00a0\u0080", "___"],
  [Buffer.from("ü".repeat(100)).toString("latin1"), "ü".repeat(64)],
  ["long".repeat(1000), "long".repeat(32)],
];

async function labelByLabel(stats: Pick<ProxyOptions, "more" | "statsTags">): Promise<void> {
  const options: ProxyOptions = {
    filters: [filter({ metrics_prefix: "shop", include_headers: ["X-Tenant"] })],
    answer: ({ path }) => ({ status: Number(path.slice(1)) }),
    ...stats,
  };
  await withProxy(options, async (proxy) => {
    const wanted = new Map<string, number>();
    for (const [index, [sent, shown]] of values.entries()) {
      const [method, status] = [["GET", "DELETE", "PROPFIND"][index % 3]!, [200, 404, 503][index % 3]!];
      const response = await proxy.request({ method, path: `/${status}`, headers: { "x-tenant": sent } });
      assert.equal(response.status, status);
      const label = { method: method === "PROPFIND" ? "other" : method };
      const labels = { ...label, response_code_class: `${String(status)[0]}xx`, x_tenant: shown };
      wanted.set(JSON.stringify(labels), (wanted.get(JSON.stringify(labels)) ?? 0) + 1);
    }
    assert.deepEqual(await requestsBy(proxy), Object.fromEntries(wanted));
    await sleep(300);
    for (const histogram of ["request_duration_milliseconds", "request_bytes", "response_bytes"])
      assert.equal(await valueOf(proxy, `shop_${histogram}_count`), values.length, histogram);
    assert.equal(await valueOf(proxy, "shop_active_requests"), 0);
  });
}

test("custom-metrics shows each label through the rules that Istio makes of the README's annotation", async () => {
  const { metadata } = (await advice("metadata")) as { metadata: { annotations: Record<string, string> } };
  const annotation = metadata.annotations["sidecar.istio.io/extraStatTags"]!;
  await labelByLabel({ more: { ...istioStatsConfig(annotation), ...flushed } });
});

test("custom-metrics shows each label through the stats_tags that the README has for any Envoy", async () => {
  const bootstrap = await advice("stats_config");
  await labelByLabel({ more: { ...bootstrap, ...flushed } });
});

test("custom-metrics measures bodies as they went, and time", async () => {
  const options: ProxyOptions = {
    filters: [filter({ metrics_prefix: "shop" })],
    answer: () => ({ body: "x".repeat(5000), delay: 300 }),
    more: flushed,
  };
  await withProxy(options, async (proxy) => {
    await proxy.request({ body: "y".repeat(700) });
    await proxy.requestHttp2({ body: ["y".repeat(400), "y".repeat(300)] });
    await proxy.request({ body: ["y".repeat(700)], trailers: { "x-t": "1" } });
    await sleep(300);
    const mean = async (name: string) =>
      (await valueOf(proxy, `${name}_sum`)) / (await valueOf(proxy, `${name}_count`));
    // Envoy keeps two significant digits.
    const about = (value: number, wanted: number) =>
      assert.ok(value > wanted * 0.9 && value < wanted * 1.1, `${value}`);
    about(await mean("shop_request_bytes"), 700);
    about(await mean("shop_response_bytes"), 5000);
    const duration = await mean("shop_request_duration_milliseconds");
    assert.ok(duration >= 290 && duration < 3000, `${duration}`);
    // Of a body that breaks off counts what came, and not what was announced.
    const announced = { "content-length": "100000" };
    const upload = proxy.request({
      method: "POST",
      headers: announced,
      body: ["y".repeat(10), "y"],
      leaveAfter: 200,
    });
    await upload.catch(() => {});
    while ((await valueOf(proxy, "shop_request_bytes_count")) < 4) await sleep(50);
    const all = await valueOf(proxy, "shop_request_bytes_sum");
    assert.ok(all > 3 * 650 && all < 3 * 750, `${all}`);
  });
});

test("custom-metrics counts what filters before it and Envoy itself answer", async () => {
  const rbac: NativeFilter = {
    name: "envoy.filters.http.rbac",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
      rules: {
        action: "DENY",
        policies: {
          all: { permissions: [{ url_path: { path: { exact: "/denied" } } }], principals: [{ any: true }] },
        },
      },
    },
  };
  const options: ProxyOptions = {
    filters: [rbac, filter({ metrics_prefix: "shop", include_headers: ["x-tenant"] })],
    more: await advice("stats_config"),
  };
  await withProxy(options, async (proxy) => {
    const headers = { "x-tenant": "acme" };
    assert.equal((await proxy.request({ path: "/denied", headers })).status, 403);
    assert.equal((await proxy.request({ path: "/", headers })).status, 200);
    assert.match((await proxy.exchange("GARBAGE\r\n\r\n", 200)).toString(), /^HTTP\/1.1 400 /);
    const labels = (method: string, code: string, tenant: string) =>
      JSON.stringify({ method, response_code_class: code, x_tenant: tenant });
    assert.deepEqual(await requestsBy(proxy), {
      [labels("GET", "4xx", "acme")]: 1,
      [labels("GET", "2xx", "acme")]: 1,
      [labels("other", "4xx", "none")]: 1,
    });
    assert.equal(await valueOf(proxy, "shop_active_requests"), 0);
  });
});

test("custom-metrics has its gauge back at 0 whatever became of the requests, and never below", async () => {
  const options: ProxyOptions = {
    filters: [filter({ metrics_prefix: "shop" })],
    concurrency: 2,
    listener: { balanced: true },
    answer: ({ path }) => {
      if (path === "/reset") return { delay: 150, reset: "at once" };
      if (path === "/cut") return { delay: 150, body: ["a", "b"], reset: "in the body" };
      return { delay: 150, body: ["a", "b", "c", "d"] };
    },
    routes: [{ path: "/late", cluster: "upstream", timeout: "0.1s" }, { cluster: "upstream" }],
    more: await advice("stats_config"),
  };
  await withProxy(options, async (proxy) => {
    const gauge: number[] = [];
    let over = false;
    const watching = (async () => {
      while (!over) gauge.push(await valueOf(proxy, "shop_active_requests"));
    })();
    const settled = async (request: Promise<unknown>) => void (await request.catch(() => {}));
    const upload = { body: ["1", "2", "3", "4", "5"], pieceDelay: 100 };
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      // At once, before the answer, between its headers and its end, in the midst of an upload; and those that stay.
      const leaving = [0, 20, 80, 220, 380].flatMap((leaveAfter) => [
        proxy.request({ leaveAfter }),
        proxy.requestHttp2({ leaveAfter }),
        proxy.request({ ...upload, leaveAfter }),
        proxy.requestHttp2({ ...upload, leaveAfter }),
      ]);
      const staying = ["/", "/reset", "/cut", "/late", "/cut"].flatMap((path) => [
        proxy.request({ path }),
        proxy.requestHttp2({ path, ...upload }),
      ]);
      await Promise.all([...leaving, ...staying].map(settled));
    }
    for (let tries = 0; tries < 100 && (await valueOf(proxy, "shop_active_requests")) > 0; tries++)
      await sleep(50);
    over = true;
    await watching;
    assert.equal(await valueOf(proxy, "shop_active_requests"), 0);
    assert.ok(Math.max(...gauge) >= 5, `at most ${Math.max(...gauge)} were active`);
    assert.ok(
      Math.max(...gauge) <= 30 && Math.min(...gauge) >= 0,
      `${Math.min(...gauge)} ${Math.max(...gauge)}`,
    );
    const classes = new Map<string, number>();
    for (const [labels, value] of Object.entries(await requestsBy(proxy))) {
      const { response_code_class: name } = JSON.parse(labels) as { response_code_class: string };
      classes.set(name, (classes.get(name) ?? 0) + value);
    }
    const total = [...classes.values()].reduce((sum, value) => sum + value, 0);
    const [[, streams] = []] = await proxy.envoy.admin.stats("^http.main.downstream_rq_total$");
    assert.equal(total, streams, "not every stream that Envoy had was counted once");
    assert.ok(total >= rounds * 20, `${total}`);
    assert.deepEqual([...classes.keys()].sort(), ["0xx", "2xx", "5xx"]);
  });
});

test("custom-metrics keeps a flood of values within max_series, on two workers, and Envoy's memory flat", async () => {
  const requests = Number(process.env["CUSTOM_METRICS_REQUESTS"] ?? 20_000);
  const most = 100;
  const connections = 20;
  const options: ProxyOptions = {
    filters: [filter({ metrics_prefix: "shop", include_headers: ["x-tenant"], max_series: most })],
    concurrency: 2,
    listener: { balanced: true },
    routes: [{ direct: { status: 200, body: "ok" } }],
    more: await advice("stats_config"),
  };
  await withProxy(options, async (proxy) => {
    let sent = 0;
    const flood = async (count: number) => {
      const until = sent + count;
      await Promise.all(
        Array.from({ length: connections }, async () => {
          const socket = connect(proxy.port, "127.0.0.1");
          socket.setNoDelay(true);
          while (sent < until) {
            socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx-tenant: value-${sent++}\r\n\r\n`);
            const [answer] = (await once(socket, "data")) as [Buffer];
            assert.match(answer.toString("latin1"), /^HTTP\/1.1 200 [^]*\r\n\r\nok$/);
          }
          socket.destroy();
        }),
      );
    };
    await flood(requests / 4);
    const used = async () => ({ ...(await proxy.envoy.admin.memory()), ...(await proxy.envoy.usage()) });
    const before = await used();
    await flood((requests * 3) / 4);
    const after = await used();
    const series = await requestsBy(proxy);
    const counted = Object.values(series).reduce((sum, value) => sum + value, 0);
    assert.equal(counted, requests);
    const others = JSON.stringify({ method: "GET", response_code_class: "2xx", x_tenant: "other" });
    assert.ok(Object.keys(series).length <= most, `${Object.keys(series).length} series`);
    assert.ok(
      Object.keys(series).length > most / 2 && series[others]! > requests - most,
      JSON.stringify(series[others]),
    );
    const grown = after.allocated - before.allocated;
    assert.ok(grown < 1024 * 1024, `${grown} bytes more after ${requests} values`);
    // What the VMs have does not count there.
    assert.ok(after.rss - before.rss < 8 * 1024 * 1024, `from ${before.rss} to ${after.rss} bytes`);
  });
});

test("custom-metrics goes on with its series and its gauge when it is configured anew under way", async () => {
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-ecds-"));
  const file = join(folder, "custom-metrics.json");
  const code = await plugin("custom-metrics");
  const configure = async (version: number, configuration: Record<string, unknown>) => {
    const { typed_config } = httpFilter({ name: "custom-metrics", code, configuration }) as NativeFilter;
    const resource = {
      "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
      name: "custom-metrics",
      typed_config,
    };
    await writeFile(`${file}.new`, JSON.stringify({ version_info: String(version), resources: [resource] }));
    await rename(`${file}.new`, file);
  };
  const settings = { metrics_prefix: "shop", include_headers: ["x-tenant"], max_series: 8 };
  await configure(1, settings);
  const discovered = {
    name: "custom-metrics",
    config_discovery: {
      config_source: { path_config_source: { path: file }, resource_api_version: "V3" },
      type_urls: ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"],
    },
  };
  const router = { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" };
  const options: ProxyOptions = {
    filters: [],
    concurrency: 2,
    listener: {
      balanced: true,
      more: { http_filters: [discovered, { name: "envoy.filters.http.router", typed_config: router }] },
    },
    answer: ({ path }) => (path === "/slow" ? { delay: 1500 } : {}),
    more: istioStatsConfig("method,response_code_class,x_tenant,x_other"),
  };
  try {
    await withProxy(options, async (proxy) => {
      const send = (tenant: string, path = "/") => proxy.request({ path, headers: { "x-tenant": tenant } });
      for (const tenant of ["a", "b", "c", "d"]) await send(tenant);
      const slow = Promise.all(Array.from({ length: 6 }, () => send("a", "/slow")));
      const configured = () => proxy.wasmLog().filter(({ text }) => text.includes("has the labels")).length;
      const before = configured();
      while ((await valueOf(proxy, "shop_active_requests")) < 6) await sleep(20);
      await configure(2, { ...settings, version: "second" });
      while (configured() < before + 3) await sleep(20);
      await configure(3, { ...settings, include_headers: ["x-tenant", "x-other"], version: "third" });
      while (configured() < before + 6) await sleep(20);
      for (const tenant of ["e", "f", "a"]) await send(tenant);
      assert.equal(await valueOf(proxy, "shop_active_requests"), 6);
      await slow;
      for (let tries = 0; tries < 100 && (await valueOf(proxy, "shop_active_requests")) > 0; tries++)
        await sleep(20);
      assert.equal(await valueOf(proxy, "shop_active_requests"), 0);
      const series = await requestsBy(proxy);
      const counted = Object.values(series).reduce((sum, value) => sum + value, 0);
      assert.equal(counted, 13);
      assert.ok(Object.keys(series).length <= 8, Object.keys(series).join("\n"));
      const tenants = Object.keys(series).map(
        (labels) => (JSON.parse(labels) as { x_tenant: string }).x_tenant,
      );
      assert.deepEqual([...new Set(tenants)].sort(), ["a", "b", "c", "d", "other"]);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
