import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { HttpListener } from "../../../cli/envoy/bootstrap.js";
import { request, requestHttp2 } from "../../../cli/request.js";
import { plugin, Proxy, withProxy } from "../../envoy/harness.js";
import { bodyFilters } from "./bodies.js";
import { chain, Services } from "../chain.js";
import { assertQuiet, tally } from "../quiet.js";

const limits = [32 << 10, 1 << 20];

/** One listener for each plugin and limit. */
async function listenersOf(): Promise<HttpListener[]> {
  const made = limits.flatMap((bufferLimit) =>
    Object.entries(bodyFilters).map(async ([name, { plugin: folder, ...filter }]): Promise<HttpListener> => {
      const { configuration, allowOnHeadersStopIteration = false } = filter;
      const code = await plugin(folder);
      const filters = [{ name: folder, vmId: name, code, configuration, allowOnHeadersStopIteration }];
      return { name: `${name} ${bufferLimit}`, filters, bufferLimit, routes: [{ cluster: "upstream" }] };
    }),
  );
  return Promise.all(made);
}

suite("a body beyond the limit", () => {
  let proxy: Proxy;
  let services: Services;
  let size = 0;
  before(async () => {
    services = await Services.start();
    const headers = { "content-type": "text/plain", "cache-control": "max-age=60" };
    const answer = () => ({ headers, body: pieces(size) });
    proxy = await Proxy.start({
      filters: [],
      listeners: await listenersOf(),
      clusters: services.clusters,
      answer,
    });
  });
  after(async () => {
    proxy.assertUnharmed();
    await proxy.stop();
    await services.stop();
  });

  for (const limit of limits) {
    for (const [name, filter] of Object.entries(bodyFilters)) {
      test(`of ${limit >> 10} KiB fails its stream at most, in ${name}, whichever way it goes and however it grows`, async (t) => {
        const port = proxy.envoy.port(`${name} ${limit}`);
        const outcomes: string[] = [];
        // Well below, what grows past the limit by being changed, just above, and far above.
        for (const bytes of [1000, limit * 0.6, limit + 1, limit * 4].map(Math.floor)) {
          const isTooLarge = bytes * (filter.grows ?? 1) > limit;
          for (const [index, send] of [request, requestHttp2].entries()) {
            size = 10;
            const before = proxy.upstream.requests.length;
            const headers = { "content-type": "text/plain", "x-verdict": "allow" };
            const asked = await send(port, { method: "POST", headers, body: pieces(bytes) });
            const arrived = proxy.upstream.requests.slice(before);
            outcomes.push(`request: ${asked.status}`);
            if (asked.status === 200)
              assert.deepEqual(
                arrived.map(({ body }) => isWhole(filter, body, bytes)),
                [true],
              );
            else {
              assert.ok(filter.holds.includes("request") && isTooLarge, `${bytes} bytes: ${asked.status}`);
              assert.equal(asked.status, 413);
            }
            size = bytes;
            const got = await send(port, { path: `/${bytes}/${index}`, headers }).catch(() => null);
            outcomes.push(`response: ${got?.status ?? "cut off"}`);
            if (got?.status === 200)
              assert.ok(isWhole(filter, got.body, bytes), `${bytes}: ${got.body.length}`);
            else assert.ok(filter.holds.includes("response") && isTooLarge, `${bytes} bytes: ${got?.status}`);
          }
        }
        size = 10;
        assert.equal((await request(port, { headers: { "x-verdict": "allow" } })).status, 200);
        t.diagnostic(tally(outcomes));
        await assertQuiet(proxy);
      });
    }
  }
});

function pieces(size: number): string[] {
  const piece = 16_000;
  return Array.from({ length: Math.ceil(size / piece) || 1 }, (_, index) =>
    "a".repeat(Math.min(piece, size - index * piece)),
  );
}

/** Whether a body came as it was sent, or as the plugin has to change it; never a part of it. */
function isWhole({ grows = 1 }: { grows?: number }, body: Buffer, sent: number): boolean {
  return body.length === sent || body.length === sent * grows;
}

test("headers that are too large or too many are refused, and never reach a plugin", async (t) => {
  const services = await Services.start();
  try {
    await withProxy({ filters: await chain(), clusters: services.clusters }, async (proxy) => {
      const statuses: number[] = [];
      for (const headers of [
        [["x-a", "a".repeat(70_000)]],
        Array.from({ length: 150 }, (_, index) => [`x-${index}`, "a"]),
        Array.from({ length: 60 }, (_, index) => [`x-${index}`, "a".repeat(1200)]),
      ] as [string, string][][])
        statuses.push((await proxy.request({ path: "/open/1", headers })).status);
      statuses.push((await proxy.request(`/open/${"a".repeat(70_000)}`)).status);
      assert.deepEqual(statuses, [431, 431, 431, 431]);
      assert.equal(proxy.upstream.requests.length, 0);
      // Just within the limits all of the chain works on them.
      const headers = Array.from({ length: 80 }, (_, index): [string, string] => [
        `x-${index}`,
        "a".repeat(600),
      ]);
      const large = await proxy.request({ path: "/both/1", headers: [...headers, ["x-verdict", "allow"]] });
      assert.equal(large.status, 200);
      assert.equal(proxy.upstream.last.headers.get("x-79")?.length, 600);
      t.diagnostic(`refused with ${tally(statuses)}; 48 KB in 80 fields pass`);
      await assertQuiet(proxy);
    });
  } finally {
    await services.stop();
  }
});
