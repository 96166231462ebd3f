import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { type Proxy, withProxy } from "./harness.js";

// AS_PROXY_WASM_CACHE_LONG=1 asks for a million paths: some minutes.
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
        const share = paths / 10;
        await ask(0, Math.max(1000, share));
        const from = Math.max(1000, share);
        const seen = [await memoryOf(proxy)];
        for (let tenth = 0; tenth < 10; tenth++) {
          await ask(from + tenth * share, share);
          seen.push(await memoryOf(proxy));
          t.diagnostic(`after ${from + (tenth + 1) * share}: ${JSON.stringify(seen.at(-1))}`);
        }
        const [before, after] = [seen[0]!, seen.at(-1)];
        const said = JSON.stringify({ before, after });
        // Keeping them all would take 16 KiB each: a hundred times what 100 entries are.
        const all = paths * body.length;
        assert.ok(after.allocated - before.allocated < all / 50, said);
        assert.ok(after.resident - before.resident < all / (long ? 500 : 4), said);
        assert.equal((await proxy.request(`/${from + paths - 1}`)).headers.get("x-cache"), "HIT");
      },
    );
  },
);

test("keeps nothing of an answer that is cut off, or whose lengths contradict each other", async () => {
  const answers: Record<string, string> = {
    "/cut": "content-length: 10\r\n\r\nhello",
    "/cut-chunks": "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "/two-lengths": "content-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
    "/both": "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "/whole": "content-length: 5\r\n\r\nhello",
  };
  const asked: string[] = [];
  const origin = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data: Buffer) => {
      const path = data.toString("latin1").split(" ")[1]!;
      asked.push(path);
      socket.end(`HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\n${answers[path]}`);
    });
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  try {
    await withProxy(
      {
        filters: [{ plugin: "cache" }],
        routes: [{ cluster: "raw" }],
        clusters: [{ name: "raw", address: { port: (origin.address() as AddressInfo).port } }],
      },
      async (proxy) => {
        for (const path of Object.keys(answers)) {
          const ask = `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
          await proxy.exchange(ask);
          const second = (await proxy.exchange(ask)).toString("latin1");
          const times = asked.filter((other) => other === path).length;
          if (path === "/whole") {
            assert.match(second, /x-cache: HIT/);
            assert.equal(times, 1);
          } else {
            assert.doesNotMatch(second, /x-cache: (HIT|STALE|REVALIDATED)/, path);
            assert.equal(times, 2, path);
          }
        }
      },
    );
  } finally {
    origin.close();
  }
});

test("has names in shared data that begin with cache:, and in Istio tell plugins apart", async () => {
  const node = (metadata: object) => ({ node: { id: "a", cluster: "a", metadata } });
  const filters = [
    { fixture: "shared-count", vmId: "shared" },
    { plugin: "cache", name: "shop", vmId: "shared" },
    { plugin: "cache", name: "blog", vmId: "shared" },
  ];
  const answer = () => ({ headers: [["cache-control", "max-age=60"]] as [string, string][], body: "hello" });
  const sizes = async (proxy: Proxy, names: string[]) =>
    Promise.all(names.map(async (name) => Number((await proxy.request(`/shared-count/size/${name}`)).text)));

  await withProxy({ filters, answer, more: node({ ISTIO_VERSION: "1.27.0" }) }, async (proxy) => {
    for (let i = 0; i < 3; i++) await proxy.request("/a");
    assert.deepEqual(
      await sizes(proxy, ["cache:shop.1:secret", "cache:blog.1:secret", "cache:secret", "request_counter"]),
      [16, 16, 0, 0],
    );
    assert.equal((await proxy.request("/shared-count/shop.1.request_counter")).text, "3");
    // Two of them were answered by the plugin before it.
    assert.equal((await proxy.request("/shared-count/blog.1.request_counter")).text, "1");
  });
  await withProxy({ filters, answer, more: node({}) }, async (proxy) => {
    await proxy.request("/a");
    assert.deepEqual(await sizes(proxy, ["cache:secret", "cache:shop.1:secret"]), [16, 0]);
    assert.equal((await proxy.request("/shared-count/request_counter")).text, "2");
  });
});
