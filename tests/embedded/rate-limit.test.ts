import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { compilePlugin } from "../../cli/compile.js";
import { pluginModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { ProxyWasmHost, SharedState } from "../../host/index.js";

/** `$AS_PROXY_WASM_RATE_LIMIT=all` has a million keys in the flood. */
const flood = process.env["AS_PROXY_WASM_RATE_LIMIT"] === "all" ? 1_000_000 : 100_000;

/** Two workers of one process, on a clock that the test sets. */
async function workers(configuration: object) {
  const module = await WebAssembly.compile(
    await readFile((await compilePlugin(join(root, "plugins", "rate-limit"), pluginModules)).file),
  );
  const shared = new SharedState();
  let time = 1_000_000_000_000_000_000n;
  const options = {
    rootId: "rate-limit",
    pluginConfig: JSON.stringify(configuration),
    shared,
    clock: { now: () => time },
  };
  const hosts = [
    await ProxyWasmHost.load(module, options),
    await ProxyWasmHost.load(module, options),
  ] as const;
  let turn = 0;
  return {
    shared,
    /** Whether a request with a key is let in, by whichever worker's turn it is. */
    ask(key: string): boolean {
      const stream = hosts[turn++ % 2]!.stream();
      const headers: [string, string][] = [
        [":method", "GET"],
        [":path", "/"],
        [":authority", "a"],
        ["x-key", key],
      ];
      const { action } = stream.requestHeaders(headers, true);
      stream.close();
      return action === 0;
    },
    advance: (milliseconds: number) => void (time += BigInt(milliseconds) * 1_000_000n),
    metric: (name: string) => Number(shared.metrics.find((metric) => metric.name === name)?.value ?? 0n),
  };
}

/** The bytes that a proxy's shared data has. */
const sizeOf = (shared: SharedState) =>
  [...shared.entries()].reduce((sum, [key, value]) => sum + key.length + value.length, 0);

suite(`while ${flood} keys of others go by, on two workers`, () => {
  test(
    "the exhausted stay refused, the innocent are let in, and the memory stays bounded",
    { timeout: 300_000 },
    async () => {
      const maxKeys = 4096;
      const { ask, shared, metric } = await workers({
        requests_per_second: 0.0001,
        burst_size: 3,
        key_type: "header:x-key",
        max_keys: maxKeys,
      });
      const exhausted = Array.from({ length: 200 }, (_, index) => `exhausted ${index}`);
      for (const key of exhausted)
        assert.deepEqual([ask(key), ask(key), ask(key), ask(key)], [true, true, true, false]);
      for (let i = 0; i < flood; i++) {
        assert.ok(ask(`stranger ${i}`), `stranger ${i} is refused`);
        if (i % 50 === 0) assert.ok(!ask(exhausted[(i / 50) % exhausted.length]!), `let in again after ${i}`);
      }
      for (const key of exhausted) assert.ok(!ask(key));
      const keys = [...shared.entries().keys()];
      assert.ok(keys.length <= maxKeys / 16 + 1, `${keys.length} keys in shared data`);
      assert.ok(sizeOf(shared) <= maxKeys * 64, `${sizeOf(shared)} bytes in shared data`);
      assert.ok(metric("rate-limit.evicted") > flood / 2);
      assert.equal(metric("rate-limit.untracked"), 0);
    },
  );

  test("the innocent are let in and the exhausted refused where every bucket of a flood is empty at once", async () => {
    const { ask, shared } = await workers({
      requests_per_second: 0.0001,
      burst_size: 1,
      key_type: "header:x-key",
      max_keys: 1024,
    });
    assert.deepEqual([ask("exhausted"), ask("exhausted")], [true, false]);
    for (let i = 0; i < flood / 10; i++) {
      assert.ok(ask(`stranger ${i}`));
      if (i % 50 === 0) assert.ok(!ask("exhausted"));
    }
    assert.ok(shared.entries().size <= 1024 / 16 + 1);
  });
});

suite("when the clock is set back", () => {
  test("nobody is locked out, and nobody's bucket is full again", async () => {
    const { ask, advance } = await workers({
      requests_per_second: 1,
      burst_size: 2,
      key_type: "header:x-key",
    });
    assert.deepEqual([ask("a"), ask("a"), ask("a")], [true, true, false]);
    advance(-3_600_000);
    assert.ok(!ask("a"));
    assert.deepEqual([ask("b"), ask("b"), ask("b")], [true, true, false]);
    advance(1000);
    assert.deepEqual([ask("a"), ask("a")], [true, false]);
    assert.deepEqual([ask("b"), ask("b")], [true, false]);
  });
});

test("the settings of another configuration have buckets of their own, those of the same one go on", async () => {
  const shared = new SharedState();
  const file = (await compilePlugin(join(root, "plugins", "rate-limit"), pluginModules)).file;
  const module = await WebAssembly.compile(await readFile(file));
  const ask = async (configuration: object) => {
    const host = await ProxyWasmHost.load(module, { pluginConfig: JSON.stringify(configuration), shared });
    return (await host.fetch()).status;
  };
  assert.equal(await ask({ requests_per_second: 0.001 }), 200);
  assert.equal(await ask({ requests_per_second: 0.001, version: "2" }), 429);
  assert.equal(await ask({ requests_per_second: 0.002 }), 200);
});
