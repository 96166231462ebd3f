import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bootstrap } from "../../cli/envoy/bootstrap.js";
import { request } from "../../cli/request.js";
import type { Proxy } from "../envoy/harness.js";
import { exercises, filter, startTraced, withTraced } from "./harness.js";

const test = exercises("contexts.test.ts");

let proxy: Proxy;

before(async () => {
  proxy = await startTraced({ filters: [await filter("contexts")] });
});

after(() => proxy?.stop());

/** Has streams wait, and says when they do. */
async function park(names: string[]): Promise<Promise<string>[]> {
  const from = proxy.envoy.log.mark;
  const parked = names.map(async (name) => {
    const { text } = await proxy.request({ path: `/${name}`, headers: { "x-do": "park", "x-name": name } });
    return text;
  });
  for (const name of names) await proxy.envoy.log.waitFor(new RegExp(`: parked ${name}$`), 5000, from);
  return parked;
}

const seenBy = (path: string) => proxy.upstream.requests.find((seen) => seen.path === path)?.headers;

test("acts on another stream from a stream's callback, and on its own again", async () => {
  const parked = await park(["a", "b", "c"]);
  await proxy.request({ path: "/releaser", headers: { "x-do": "release", "x-name": "releaser" } });
  for (const text of await Promise.all(parked)) assert.equal(text, "ok");
  for (const name of ["a", "b", "c"]) {
    assert.equal(seenBy(`/${name}`)?.get("x-released"), `${name} releaser`);
    assert.equal(seenBy(`/${name}`)?.has("x-own"), false);
  }
  assert.equal(seenBy("/releaser")?.get("x-own"), "releaser");
  assert.equal(seenBy("/releaser")?.has("x-released"), false);
  proxy.assertUnharmed();
});

test("does not answer another stream from a stream's callback, which Envoy would hold too", async () => {
  const parked = await park(["d", "e"]);
  const from = proxy.envoy.log.mark;
  const own = await proxy.request({ path: "/answerer", headers: { "x-do": "answer", "x-name": "answerer" } });
  assert.equal(own.text, "ok");
  assert.equal(seenBy("/answerer")?.get("x-own"), "answerer");
  const refusals = proxy.wasmLog(from).filter(({ text }) => /^a stream cannot be answered/.test(text));
  assert.deepEqual(
    refusals.map(({ level }) => level),
    ["error", "error"],
  );
  // The tick can.
  for (const text of await Promise.all(parked)) assert.equal(text, "answered by the tick");
  assert.equal(seenBy("/d"), undefined);
  proxy.assertUnharmed();
});

test("acts on streams from a tick", async () => {
  const names = ["f", "g", "h"];
  const answers = names.map((name) =>
    proxy.request({ path: `/${name}`, headers: { "x-do": "tick", "x-name": name } }),
  );
  for (const { text } of await Promise.all(answers)) assert.equal(text, "ok");
  for (const name of names) assert.equal(seenBy(`/${name}`)?.get("x-released"), `${name} by the tick`);
  proxy.assertUnharmed();
});

test("delays the end of a root context", async () => {
  const folder = await mkdtemp(join(tmpdir(), "conformance-"));
  const path = join(folder, "listeners.json");
  // Another filter with the same VM keeps that alive when the first one's configuration goes.
  const plugin = (name: string) => filter("delayed", { name, vmId: "lasting", configuration: { name } });
  const write = async (name: string) => {
    const { static_resources: resources } = bootstrap({
      listeners: [
        { name: "dynamic", filters: [await plugin(name)], routes: [{ direct: { status: 200, body: name } }] },
      ],
      clusters: [],
    }) as { static_resources: { listeners: object[] } };
    const type = "type.googleapis.com/envoy.config.listener.v3.Listener";
    const listeners = resources.listeners.map((listener) => ({ "@type": type, ...listener }));
    await writeFile(`${path}.new`, JSON.stringify({ version_info: name, resources: listeners }));
    await rename(`${path}.new`, path);
  };
  try {
    await write("old");
    await withTraced(
      {
        filters: [await plugin("lasting")],
        more: { dynamic_resources: { lds_config: { path_config_source: { path } } } },
      },
      async (proxy) => {
        const said = (line: RegExp) => proxy.wasmLog().filter(({ text }) => line.test(text)).length;
        const port = async () => (await proxy.envoy.admin.listenerPorts()).get("dynamic")!;
        assert.equal((await request(await port())).text, "old");
        assert.equal(said(/^not done yet/), 0);
        await write("new");
        await proxy.envoy.log.waitFor(/: not done yet: old$/);
        assert.equal(said(/^done now: old$/), 0);
        await proxy.envoy.log.waitFor(/: done now: old$/);
        for (
          const deadline = Date.now() + 5000;
          (await request(await port())).text !== "new";
          await sleep(20)
        )
          assert.ok(Date.now() < deadline);
        assert.equal((await proxy.request()).status, 200);
        assert.equal(proxy.upstream.last.headers.get("x-configured"), "lasting");
        await proxy.envoy.log.waitFor(/: deleted: old$/);
        assert.equal(said(/^not done yet: lasting$/), 0);
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
