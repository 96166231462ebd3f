import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { plugin, Proxy } from "../../envoy/harness.js";
import { Crowd } from "../crowd.js";
import { memoryOf, tally, until } from "../quiet.js";
import { DiscoveredPlugin } from "./discovered.js";

const rounds = Number(process.env["AS_PROXY_WASM_UPDATES"] ?? 12);

const configured = (generation: number) => ({
  header_name: "x-generation",
  header_value: String(generation),
  log_level: "error",
});

const counter = async (proxy: Proxy, name: string) =>
  [...(await proxy.envoy.admin.stats(`extension_config_discovery.*${name}$`))].reduce(
    (sum, [, value]) => sum + value,
    0,
  );

/** Runs `use` with a plugin that is configured by a file, under load; no request may fail or go without the plugin. */
async function underLoad(
  use: (
    proxy: Proxy,
    discovered: DiscoveredPlugin,
    seen: { from: number; generation: number }[],
  ) => Promise<void>,
): Promise<void> {
  const code = await plugin("custom-headers");
  const discovered = await DiscoveredPlugin.create({ name: "updated", code, configuration: configured(0) });
  try {
    const proxy = await Proxy.start({
      filters: [],
      concurrency: 2,
      listener: { more: discovered.manager },
      answer: ({ path }) => ({ delay: path === "/slow" ? 100 : 0 }),
    });
    try {
      const seen: { from: number; generation: number }[] = [];
      const failures: string[] = [];
      const crowd = new Crowd(8, async (n) => {
        const from = performance.now();
        const asked = n % 2 ? proxy.request(n % 4 === 1 ? "/slow" : "/") : proxy.requestHttp2("/");
        await asked.then(
          ({ status, headers }) => {
            const generations = headers.all("x-generation");
            if (status !== 200 || generations.length !== 1) failures.push(`${status} ${generations.join()}`);
            seen.push({ from, generation: Number(generations[0]) });
          },
          (error: Error) => failures.push(error.message),
        );
      });
      await use(proxy, discovered, seen).finally(() => crowd.stop());
      assert.equal(failures.length, 0, tally(failures));
      assert.equal(proxy.envoy.ended, null);
      assert.deepEqual(proxy.envoy.log.matching(/RuntimeError|wasm_fail_stream/), []);
    } finally {
      await proxy.stop();
    }
  } finally {
    await discovered.remove();
  }
}

test(`${rounds} updates of a plugin under load by file ECDS lose no request, and each is soon in force`, async (t) => {
  const code = await plugin("custom-headers");
  await underLoad(async (proxy, discovered, seen) => {
    await until("requests", () => seen.length > 20);
    let before: { resident: number } | undefined;
    for (let generation = 1; generation <= rounds; generation++) {
      await discovered.update({ name: "updated", code, configuration: configured(generation) });
      await until(`generation ${generation}`, () => seen.at(-1)?.generation === generation);
      // Whoever came after one that had it has it too, on whichever worker, once both have it.
      if (generation === Math.ceil(rounds / 2)) before = await memoryOf(proxy);
    }
    const settled = performance.now() + 500;
    await until("both workers", () => seen.filter(({ from }) => from > settled).length > 40);
    assert.ok(seen.filter(({ from }) => from > settled).every(({ generation }) => generation === rounds));
    const after = await memoryOf(proxy);
    assert.equal(await counter(proxy, "config_reload"), rounds + 1);
    t.diagnostic(
      `${seen.length} requests over ${rounds} updates, none lost; ${JSON.stringify({ before, after })}`,
    );
    assert.ok(after.resident < before!.resident * 1.25, JSON.stringify({ before, after }));
  });
});

test("a bad update is refused whatever is wrong with it, and the old one goes on serving", async (t) => {
  const code = await plugin("custom-headers");
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-bad-"));
  const file = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  };
  const bad = [
    { code, configuration: { ...configured(1), header_value: 7 } },
    { code, configuration: '{"header_name": "x-generation", "header_value": "1"' },
    { code, configuration: {} },
    { code: await file("text.wasm", Buffer.from("no module")), configuration: configured(1) },
    {
      code: await file("cut.wasm", Buffer.from("\0asm\x01\0\0\0\x01\x7f", "latin1")),
      configuration: configured(1),
    },
    { code: join(folder, "missing.wasm"), configuration: configured(1) },
    { code, rootId: "nobody", configuration: { ...configured(1), response_codes: ["x"] } },
  ];
  try {
    await underLoad(async (proxy, discovered, seen) => {
      await until("requests", () => seen.length > 10);
      for (const [index, update] of bad.entries()) {
        await discovered.update({ name: "updated", ...update });
        await until(
          `refusal ${index}`,
          async () => (await counter(proxy, "config_fail|update_rejected")) > index,
        );
        const refused = performance.now();
        await until("requests", () => seen.filter(({ from }) => from > refused).length > 10);
      }
      await discovered.write("{ no JSON");
      await until("requests", () => seen.at(-1) !== undefined);
      assert.ok(
        seen.every(({ generation }) => generation === 0),
        tally(seen.map(({ generation }) => generation)),
      );
      const from = seen.length;
      await discovered.update({ name: "updated", code, configuration: configured(2) });
      await until("a good one after them", () => seen.at(-1)?.generation === 2);
      t.diagnostic(
        `${bad.length + 1} bad updates; ${from} requests all had the old plugin's answer, then the new one's`,
      );
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
