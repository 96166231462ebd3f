import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { type Proxy, withProxy } from "../../envoy/harness.js";
import { basic, chain, Services } from "../chain.js";
import { Crowd } from "../crowd.js";
import { assertQuiet, memoryOf, until } from "../quiet.js";

const flood = Number(process.env["AS_PROXY_WASM_FLOOD"] ?? 2_000);

test(`${flood} requests of which each has names that no other has make neither metrics nor memory grow`, async (t) => {
  const services = await Services.start();
  try {
    const options = {
      filters: await chain(),
      clusters: services.clusters,
      routes: [{ direct: { status: 200, body: "ok" } }],
    };
    await withProxy({ ...options, concurrency: 2 }, async (proxy) => {
      let sent = 0;
      const kinds = ["open", "auth", "remembered", "policy", "cached", "limited", "private", "batched"];
      const send = async (count: number) => {
        const goal = sent + count;
        const crowd = new Crowd(
          8,
          async () => {
            const n = `${sent++}-${Math.random().toString(36).slice(2)}`;
            await proxy
              .request({
                method: sent % 50 === 0 ? `M${sent}` : "GET",
                path: `/${kinds[sent % kinds.length]!}/${n}?${n}=${n}`,
                headers: [
                  ["host", `${n}.test`],
                  [`x-${n}`, n],
                  ["x-client", n],
                  ["x-language", n],
                  ["x-verdict", `allow ${n}`],
                  ["cookie", `${n}=${n}`],
                  ["authorization", basic(`${n}:${n}`)],
                  ["x-token", `${n}.${n}.${n}`],
                  ["user-agent", n],
                ],
              })
              .catch(() => {});
          },
          0,
        );
        await until("requests", () => sent >= goal, 120);
        await crowd.stop();
        await assertQuiet(proxy);
      };
      const names = async () => (await proxy.envoy.admin.stats()).size;
      await send(flood / 4);
      const before = { ...(await memoryOf(proxy)), stats: await names() };
      await send((flood * 3) / 4);
      const after = { ...(await memoryOf(proxy)), stats: await names() };
      t.diagnostic(`${sent} requests; ${JSON.stringify({ before, after })}`);
      assert.ok(after.stats - before.stats <= 4, `${after.stats - before.stats} metrics more`);
      assert.ok(after.allocated < before.allocated + (1 << 20), JSON.stringify({ before, after }));
      assert.ok(after.resident < before.resident + (8 << 20), JSON.stringify({ before, after }));
    });
  } finally {
    await services.stop();
  }
});

test("no plugin unpacks a compressed body: bombs pass as they are, either way, and cost what their bytes cost", async (t) => {
  const plain = Buffer.alloc(64 << 20, "a SECRET ");
  const bombs: [string, Buffer][] = [
    ["gzip", gzipSync(plain)],
    ["GZIP", gzipSync(plain)],
    ["gzip, gzip", gzipSync(gzipSync(plain))],
    ["deflate", deflateSync(plain)],
    ["br", brotliCompressSync(plain)],
    ["zstd", Buffer.from("28b52ffd", "hex")],
  ];
  const services = await Services.start();
  let answer: [string, Buffer] = bombs[0]!;
  const answering = () => ({
    headers: { "content-encoding": answer[0], "content-type": "application/json" },
    body: answer[1],
  });
  try {
    await withProxy(
      { filters: await chain(), clusters: services.clusters, answer: answering },
      async (proxy) => {
        const exchange = async (proxy: Proxy, [encoding, body]: [string, Buffer]) => {
          const headers = { "content-encoding": encoding, "content-type": "application/json" };
          const response = await proxy.request({ method: "POST", path: "/echo/1", headers, body });
          assert.equal(response.status, 200);
          assert.ok(response.body.equals(body), encoding);
          assert.ok(proxy.upstream.last.body.equals(body), encoding);
          assert.equal(response.headers.get("content-length"), String(body.length));
        };
        answer = ["gzip", gzipSync("small")];
        await exchange(proxy, answer);
        const before = await memoryOf(proxy);
        for (answer of bombs) await exchange(proxy, answer);
        const after = await memoryOf(proxy);
        const packed = bombs.reduce((sum, [, { length }]) => sum + length, 0);
        t.diagnostic(
          `${bombs.length} bombs of 64 MiB in ${packed} bytes; ${JSON.stringify({ before, after })}`,
        );
        assert.ok(after.resident < before.resident + (8 << 20), JSON.stringify({ before, after }));
      },
    );
  } finally {
    await services.stop();
  }
});
