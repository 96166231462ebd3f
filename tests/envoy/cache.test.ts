import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../cli/load.js";
import { type Proxy, withProxy } from "./harness.js";

// AS_PROXY_WASM_CACHE_LONG=1 asks for a million paths, and measures for longer: some minutes.
const long = process.env["AS_PROXY_WASM_CACHE_LONG"] !== undefined;

/** Has every number below `count` done, some at a time. */
async function each(count: number, atOnce: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const line = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, line));
}

async function memoryOf(proxy: Proxy): Promise<{ allocated: number; resident: number }> {
  const { allocated } = await proxy.envoy.admin.memory();
  return { allocated, resident: (await proxy.envoy.usage()).rss };
}

test("50,000 requests on two workers are counted exactly, and one worker's answers are the other's", async (t) => {
  await withProxy(
    {
      filters: [
        { fixture: "shared-count", vmId: "shared" },
        { plugin: "cache", vmId: "shared" },
      ],
      answer: () => ({ headers: [["cache-control", "max-age=600"]], body: "hello" }),
      concurrency: 2,
    },
    async (proxy) => {
      const { statuses, seconds } = await proxy.load({ requests: 50_000, connections: 32 });
      assert.deepEqual([...statuses], [[200, 50_000]]);
      t.diagnostic(`${Math.round(50_000 / seconds)} requests a second`);
      assert.equal((await proxy.request("/shared-count/request_counter")).text, "50000");
      assert.ok(proxy.upstream.requests.length <= 2, `${proxy.upstream.requests.length} went to the origin`);
    },
  );
});

test("requests for the same thing on two workers go to the origin once", async () => {
  await withProxy(
    {
      filters: [{ plugin: "cache" }],
      answer: async () => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        return { headers: [["cache-control", "max-age=600"]], body: "hello" };
      },
      concurrency: 2,
      listener: { balanced: true },
    },
    async (proxy) => {
      const first = proxy.request("/once");
      await new Promise((resolve) => setTimeout(resolve, 100));
      const others = await Promise.all(Array.from({ length: 12 }, () => proxy.request("/once")));
      assert.equal((await first).headers.get("x-cache"), "MISS");
      for (const { headers, text } of others) {
        assert.equal(headers.get("x-cache"), "HIT");
        assert.equal(text, "hello");
      }
      assert.equal(proxy.upstream.requests.length, 1);
    },
  );
});

const paths = long ? 1_000_000 : 5_000;

test(
  `${paths} different paths take no more memory than the configuration gives`,
  { timeout: 3_600_000 },
  async (t) => {
    const body = "x".repeat(16 * 1024);
    await withProxy(
      {
        filters: [{ plugin: "cache", configuration: { max_entries: 100, max_body_size_bytes: 16 * 1024 } }],
        answer: () => ({ headers: [["cache-control", "max-age=600"]], body }),
        concurrency: 2,
      },
      async (proxy) => {
        const ask = (from: number, count: number) =>
          each(count, 16, async (number) => {
            const { status, headers } = await proxy.request(`/${from + number}`);
            assert.equal(`${status} ${headers.get("x-cache")}`, "200 MISS");
            proxy.upstream.requests.length = 0;
          });
        await ask(0, 1000);
        const before = await memoryOf(proxy);
        await ask(1000, paths);
        const after = await memoryOf(proxy);
        t.diagnostic(JSON.stringify({ before, after }));
        // Keeping them all would take 16 KiB each.
        const all = paths * body.length;
        assert.ok(after.allocated - before.allocated < all / 10, JSON.stringify({ before, after }));
        assert.ok(after.resident - before.resident < all / 4, JSON.stringify({ before, after }));
        assert.equal((await proxy.request(`/${1000 + paths - 1}`)).headers.get("x-cache"), "HIT");
      },
    );
  },
);

/** How many requests a listener of Envoy's can answer beside another's, by the CPU time that they take, in turns. */
async function rateOf(proxy: Proxy, path: string, beside: string): Promise<number> {
  const cpu: Record<string, number> = { main: 0, [beside]: 0 };
  const request = `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  for (let round = 0; round < 8; round++) {
    const name = round % 2 === 0 ? "main" : beside;
    const { cpuSeconds: before } = await proxy.envoy.usage();
    await load({
      port: proxy.envoy.port(name),
      requests: long ? 20_000 : 2_000,
      connections: 8,
      request,
    });
    const { cpuSeconds: after } = await proxy.envoy.usage();
    // The first round of each warms them up.
    if (round > 1) cpu[name]! += after - before;
  }
  return cpu[beside]! / cpu["main"]!;
}

test("costs little beside Envoy's own answers, and beside a proxy without it", async (t) => {
  const body = "x".repeat(1024);
  await withProxy(
    {
      filters: [{ plugin: "cache" }],
      answer: ({ path }) => ({
        headers: [["cache-control", path === "/kept" ? "max-age=600" : "no-store"]],
        body,
      }),
      listeners: [
        { name: "direct", filters: [], routes: [{ direct: { status: 200, body } }] },
        { name: "plain", filters: [], routes: [{ cluster: "upstream" }] },
      ],
    },
    async (proxy) => {
      await proxy.request("/kept");
      const hits = await rateOf(proxy, "/kept", "direct");
      const misses = await rateOf(proxy, "/not-kept", "plain");
      t.diagnostic(`hits at ${Math.round(hits * 100)}% of the rate of a direct_response, by CPU time`);
      t.diagnostic(`misses at ${Math.round(misses * 100)}% of the rate of the proxy alone, by CPU time`);
      // Far below what it measures on a quiet machine.
      assert.ok(hits > 0.35, `${hits}`);
      assert.ok(misses > 0.5, `${misses}`);
    },
  );
});
