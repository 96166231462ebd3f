import assert from "node:assert/strict";
import { test } from "node:test";
import { type Proxy, withProxy } from "./harness.js";

/** What Envoy holds, in bytes: by its allocator, and by the kernel, which counts the modules' memories too. */
async function memoryOf(proxy: Proxy): Promise<{ allocated: number; resident: number }> {
  const { allocated } = await proxy.envoy.admin.memory();
  return { allocated, resident: (await proxy.envoy.usage()).rss };
}

test("200,000 requests through custom-headers on two workers: none fails, and Envoy grows by less than 2%", async (t) => {
  const headers = [
    { name: "x-plain", value: "1" },
    { name: "x-path", value: "{request.path}", action: "set" },
    { name: "x-request", value: "{request.headers.user-agent}", on: "request" },
  ];
  const overrides = [{ match: { path_prefix: "/off" }, config: null }];
  await withProxy(
    {
      filters: [{ plugin: "custom-headers", configuration: { headers, overrides, log_level: "warn" } }],
      // Envoy's own answer passes the filter like any other, and Node has more time to ask.
      routes: [
        { path: "/upstream", cluster: "upstream" },
        { cluster: "", direct: { status: 200, body: "ok" } },
      ],
      concurrency: 2,
    },
    async (proxy) => {
      const send = async (requests: number, path: string) => {
        const request = `GET ${path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: soak\r\n\r\n`;
        const { statuses, seconds } = await proxy.load({ requests, connections: 32, request });
        assert.deepEqual([...statuses], [[200, requests]]);
        return seconds;
      };
      let seconds = await send(2_000, "/upstream");
      assert.equal(proxy.upstream.last.headers.get("x-request"), "soak");
      seconds += await send(48_000, "/");
      const before = await memoryOf(proxy);
      seconds += await send(148_000, "/");
      seconds += await send(2_000, "/upstream");
      const after = await memoryOf(proxy);
      t.diagnostic(
        `${Math.round(200_000 / seconds)} requests a second; ${JSON.stringify({ before, after })}`,
      );
      assert.ok(after.allocated <= before.allocated * 1.02, JSON.stringify({ before, after }));
      assert.ok(after.resident <= before.resident * 1.02, JSON.stringify({ before, after }));
      const response = await proxy.request("/here");
      assert.equal(response.headers.get("x-path"), "/here");
      assert.equal((await proxy.request("/off")).headers.has("x-path"), false);
    },
  );
});
