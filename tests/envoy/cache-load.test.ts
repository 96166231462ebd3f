import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import type { HttpListener } from "../../cli/envoy/bootstrap.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { Envoy } from "../../cli/envoy/process.js";
import { load } from "../../cli/load.js";
import { processorTime } from "../../cli/measure/processor-time.js";
import { Upstream } from "../../cli/upstream.js";
import { Proxy, withProxy } from "./harness.js";

// What the cache costs a proxy, by Envoy's own processor time for a request: what limits its throughput once it is
// busy. A request through the plugin and one without it are measured in turns in one process. Other work on the machine
// only ever adds to these times, so that of each side its lower quartile counts.

// AS_PROXY_WASM_CACHE_LONG=1 measures for longer.
const long = process.env["AS_PROXY_WASM_CACHE_LONG"] !== undefined;
const requests = long ? 4000 : 800;
const rounds = long ? 24 : 8;
/** So often it is measured again, with the rounds there are already, before too little is too little. */
const attempts = 4;

/** Header fields as browsers send and origins answer them. */
const asked = [
  "host: shop.example.com",
  "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "accept: application/json, text/plain, */*",
  "accept-language: en-US,en;q=0.5",
  "accept-encoding: gzip, deflate, br",
  "referer: https://shop.example.com/catalogue",
  "x-trace: 0af7651916cd43dd8448eb211c80319c",
  "dnt: 1",
].join("\r\n");
const answered: [string, string][] = [
  ["content-type", "application/json"],
  ["last-modified", "Tue, 04 Nov 2025 10:00:00 GMT"],
  ["etag", '"5d8c72a5edda8d6a"'],
  ["x-frame-options", "DENY"],
  ["x-request-cost", "17"],
];

/** Envoy's own answers of these sizes, by the first segment of the path. */
const sizes: Record<string, number> = { small: 1024, large: 16 * 1024 };

function direct(name: string): HttpListener {
  const routes = ["max-age=86400", "no-store"].flatMap((control) =>
    Object.entries(sizes).map(([size, length]) => ({
      match: { prefix: `/${size}/${control === "no-store" ? "unkept" : ""}` },
      direct_response: { status: 200, body: { inline_string: "x".repeat(length) } },
      response_headers_to_add: [...answered, ["cache-control", control]].map(([key, value]) => ({
        header: { key, value },
      })),
    })),
  );
  return {
    name,
    filters: [],
    routes: [],
    more: {
      route_config: {
        name,
        max_direct_response_body_size_bytes: 16 * 1024,
        // The longer prefixes first.
        virtual_hosts: [{ name: "all", domains: ["*"], routes: routes.reverse() }],
      },
    },
  };
}

let origin: Envoy;
let proxy: Proxy;

before(async () => {
  origin = await Envoy.start({
    binary: (await findEnvoy()).path,
    listeners: [direct("origin")],
    clusters: [],
    concurrency: 1,
  });
  proxy = await Proxy.start({
    filters: [{ plugin: "cache", configuration: { max_entries: 1000 } }],
    routes: [{ cluster: "origin" }],
    clusters: [{ name: "origin", address: { port: origin.port("origin") } }],
    listeners: [direct("direct"), { name: "plain", filters: [], routes: [{ cluster: "origin" }] }],
  });
});

after(async () => {
  await proxy?.stop();
  await origin?.stop();
});

let sent = 0;

/** Microseconds of Envoy's for a request to a listener. `#` in the path is another number in each. */
async function cost(listener: string, method: string, path: string): Promise<number> {
  const length = method === "POST" ? "content-length: 0\r\n" : "";
  const begun = await processorTime(proxy.envoy.pid);
  const { statuses } = await load({
    port: proxy.envoy.port(listener),
    requests,
    connections: 16,
    request: () => `${method} ${path.replace("#", String(sent++))} HTTP/1.1\r\n${asked}\r\n${length}\r\n`,
  });
  const ended = await processorTime(proxy.envoy.pid);
  assert.deepEqual([...statuses], [[200, requests]]);
  return (ended.nanoseconds - begun.nanoseconds) / 1000 / requests;
}

function lowerQuartile(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)]!;
}

/** Asserts that what the plugin does has at least this share of the throughput that it has at a listener beside it. */
async function assertShare(
  t: TestContext,
  beside: string,
  method: string,
  path: string,
  least: number,
): Promise<void> {
  const own: number[] = [];
  const others: number[] = [];
  await cost("main", method, path);
  await cost(beside, method, path);
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (let round = 0; round < rounds; round++) {
      own.push(await cost("main", method, path));
      others.push(await cost(beside, method, path));
    }
    const [mine, theirs] = [lowerQuartile(own), lowerQuartile(others)];
    t.diagnostic(
      `${Math.round((100 * theirs) / mine)}% of the rate of ${beside}: ${mine.toFixed(1)} µs beside ${theirs.toFixed(1)}`,
    );
    if (theirs / mine >= least) return;
  }
  assert.fail(`less than ${least * 100}%`);
}

/** What the plugin says of a request like those that were measured. */
async function verdict(path: string, method = "GET"): Promise<string | null> {
  const headers = asked.split("\r\n").map((line) => line.split(": ") as [string, string]);
  return (await proxy.request({ path, method, headers })).headers.get("x-cache") ?? null;
}

for (const [size, length] of Object.entries(sizes)) {
  test(`hits take at most twice the processor time of a direct_response of ${length} bytes`, async (t) => {
    await verdict(`/${size}/kept`);
    assert.equal(await verdict(`/${size}/kept`), "HIT");
    await assertShare(t, "direct", "GET", `/${size}/kept`, 0.5);
  });
}

// An empty wasm filter, with no callback but that of a stream's end, has 91% of the throughput of none at all.
test("misses that are kept, for which others go, have half of a busy worker's throughput without the plugin", async (t) => {
  await assertShare(t, "plain", "GET", "/small/#", 0.5);
  // The last one that went through the plugin: a listener's round is after it.
  assert.equal(await verdict(`/small/${sent - 1 - requests}`), "HIT");
  assert.equal(await verdict("/small/0"), "MISS");
});

test("misses that are not kept have at least 55% of it", async (t) => {
  await assertShare(t, "plain", "GET", "/small/unkept#", 0.55);
  assert.equal(await verdict(`/small/unkept${sent - 1 - requests}`), "MISS");
});

test("requests that are none of its business have at least 55% of it", async (t) => {
  await assertShare(t, "plain", "POST", "/small/#", 0.55);
  assert.equal(await verdict("/small/1", "POST"), "BYPASS");
});

test("misses have at least 90% of the throughput without the plugin where the origin takes 10 ms", async (t) => {
  const slow = await Upstream.start(() => ({
    headers: [["cache-control", "max-age=86400"]],
    body: "x".repeat(sizes["small"]!),
    delay: 10,
  }));
  const clusters = [{ name: "origin", address: { port: slow.port } }];
  const routes = [{ cluster: "origin" }];
  const filters = [{ plugin: "cache", configuration: { max_entries: 1000 } }];
  try {
    await withProxy(
      { filters, routes, clusters, listeners: [{ name: "plain", filters: [], routes }] },
      async (both) => {
        const rates: Record<string, number[]> = { main: [], plain: [] };
        // A machine that is busy with other things is not to be what throughput ends at.
        const connections = long ? 16 : 4;
        for (let attempt = 0; attempt < attempts; attempt++) {
          for (let round = 0; round < (long ? 20 : 6); round++) {
            for (const [listener, all] of Object.entries(rates)) {
              const { seconds } = await load({
                port: both.envoy.port(listener),
                requests: 25 * connections,
                connections,
                request: () => `GET /slow/${sent++} HTTP/1.1\r\n${asked}\r\n\r\n`,
              });
              all.push((25 * connections) / seconds);
            }
          }
          // What else runs only ever slows them down.
          const [own, others] = [Math.max(...rates["main"]!), Math.max(...rates["plain"]!)];
          t.diagnostic(
            `${Math.round((100 * own) / others)}%: ${own.toFixed(0)} a second beside ${others.toFixed(0)}`,
          );
          if (own / others >= 0.9) return;
        }
        assert.fail("less than 90%");
      },
    );
  } finally {
    await slow.stop();
  }
});

test("misses and passes on two workers are counted exactly, as soon as all have their answers", async () => {
  await withProxy(
    {
      filters: [
        { fixture: "shared-count", vmId: "shared" },
        { plugin: "cache", vmId: "shared" },
      ],
      routes: [{ cluster: "origin" }],
      clusters: [{ name: "origin", address: { port: origin.port("origin") } }],
      concurrency: 2,
      listener: { balanced: true },
    },
    async (counted) => {
      for (let round = 1; round <= 5; round++) {
        let number = 0;
        await counted.load({
          requests: 400,
          connections: 16,
          request: () => {
            const method = ++number % 4 === 0 ? "DELETE" : "GET";
            return `${method} /small/${number % 2 === 0 ? "unkept" : ""}${round}-${number} HTTP/1.1\r\n${asked}\r\n\r\n`;
          },
        });
        const { text } = await counted.request("/shared-count/request_counter");
        assert.equal(text, String(400 * round));
      }
    },
  );
});
