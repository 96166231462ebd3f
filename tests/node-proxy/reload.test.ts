import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "../../cli/request.js";
import { PluginRefused } from "../../host/node/index.js";
import { plugin, probe, until, withProxy } from "./harness.js";

const headers = (value: string) =>
  plugin("custom-headers", { configuration: { header_name: "x-version", header_value: value } });

test("other plugins take over under load, and no request is lost", async () => {
  await withProxy(
    { plugins: [await headers("0")], workers: 2, answer: () => ({ body: "ok", delay: 5 }) },
    async ({ proxy }) => {
      const seen = new Map<string, number>();
      let loading = true;
      const client = async () => {
        while (loading) {
          const { status, headers, text } = await request(proxy.port);
          assert.equal(`${status} ${text}`, "200 ok");
          const version = headers.get("x-version") ?? "none";
          seen.set(version, (seen.get(version) ?? 0) + 1);
        }
      };
      const clients = Array.from({ length: 8 }, client);
      for (const version of ["1", "2", "3"]) {
        await sleep(100);
        await proxy.reload([await headers(version)]);
      }
      await sleep(100);
      loading = false;
      await Promise.all(clients);
      assert.deepEqual([...seen.keys()], ["0", "1", "2", "3"]);
    },
  );
});

test("a stream under way keeps its plugin, which ends after it", async () => {
  await withProxy(
    {
      plugins: [await probe("old")],
      answer: ({ path }) => ({ body: "ok", delay: path === "/slow" ? 2000 : 0 }),
    },
    async ({ proxy }) => {
      const said = (message: string) => proxy.logs.some((entry) => entry.message === message);
      const slow = request(proxy.port, { path: "/slow" });
      await until("it is under way", () => proxy.logs.some(({ message }) => /request headers/.test(message)));
      await proxy.reload([await probe("new")]);
      assert.equal((await request(proxy.port)).headers.get("x-seen-by"), "new");
      assert.equal(said("old ends"), false);
      assert.equal((await slow).headers.get("x-seen-by"), "old");
      await until("the old plugin ends", () => said("old ends"));
      assert.ok(said("old: delete /slow"));
    },
  );
});

test("a configuration that is refused changes nothing", async () => {
  await withProxy({ plugins: [await headers("0")] }, async ({ proxy }) => {
    const wrong = await plugin("custom-headers", { configuration: { header_name: 1 } });
    await assert.rejects(proxy.reload([wrong]), (error: Error) => {
      assert.ok(error instanceof PluginRefused);
      assert.match(error.message, /custom-headers refuses its configuration\n.*header_name/s);
      return true;
    });
    assert.equal((await request(proxy.port)).headers.get("x-version"), "0");
  });
});

test("a trap is answered with 503, or lets requests pass, as the failure policy says", async () => {
  for (const [failurePolicy, after] of [
    ["FAIL_CLOSED", 503],
    ["FAIL_OPEN", 200],
  ] as const) {
    const trapping = { ...(await probe("a")), failurePolicy };
    await withProxy({ plugins: [trapping, await plugin("hello")] }, async ({ proxy }) => {
      assert.equal((await request(proxy.port)).status, 200);
      await request(proxy.port, { path: "/trap" });
      assert.equal((await request(proxy.port)).status, after);
    });
  }
});

test("plugins tick in real time, each worker's for itself", async () => {
  await withProxy({ plugins: [await probe("a", { tick_ms: 30 })], workers: 2 }, async ({ proxy }) => {
    const started = performance.now();
    await until("both have ticked three times", () => {
      const ticked = proxy.logs.filter(({ message }) => message === "a ticked three times");
      return new Set(ticked.map(({ worker }) => worker)).size === 2;
    });
    assert.ok(performance.now() - started > 60);
  });
});
