import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Proxy, withProxy } from "../envoy/harness.js";
import { exercises, filter, startTraced, withTraced } from "./harness.js";

const test = exercises("state.test.ts");

let folder: string;
let proxy: Proxy;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "conformance-"));
  const format = {
    text_format_source: { inline_string: "%REQ(:PATH)% <%FILTER_STATE(wasm.note:PLAIN)%>\n" },
  };
  const type = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";
  const path = join(folder, "access.log");
  proxy = await startTraced({
    filters: [
      await filter("state", { name: "first", vmId: "shared" }),
      // Another plugin, which a request meets later, in a VM of its own.
      { ...(await filter("state", { name: "second", vmId: "other" })) },
    ],
    statsTags: ["method", "host"].map((name) => ({ name, regex: `(${name}=\\.=(.*?);\\.;)` })),
    listener: {
      more: {
        access_log: [
          {
            name: "envoy.access_loggers.file",
            typed_config: { "@type": type, path, log_format: format },
          },
        ],
      },
    },
  });
});

after(async () => {
  await proxy?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(what: string, headers: Record<string, string> = {}): Promise<string> {
  const { text } = await proxy.request({ headers: { "x-do": what, ...headers } });
  proxy.assertUnharmed();
  return text;
}

/** Waits until a statistic is this. */
async function stat(of: Proxy, name: string, wanted: (value: number) => boolean): Promise<number> {
  for (const deadline = Date.now() + 5000; ; await sleep(20)) {
    const value = (await of.envoy.admin.stats(name)).get(`wasmcustom.${name}`) ?? 0;
    if (wanted(value)) return value;
    assert.ok(Date.now() < deadline, `${name} is ${value}`);
  }
}

test("shares data, and writes only over what it has read", async () => {
  assert.equal(await ask("get", { "x-key": "a" }), "(null)");
  await ask("set", { "x-key": "a", "x-value": "of a" });
  await ask("set", { "x-key": "b", "x-value": "" });
  assert.equal(await ask("get", { "x-key": "a" }), "of a");
  assert.equal(await ask("get", { "x-key": "b" }), "");
  assert.equal(await ask("race", { "x-key": "c" }), "true false true again");
});

test("counts 50,000 on two workers, and none of them is lost", async () => {
  // Without traces, of which there would be some hundred thousand.
  await withProxy({ filters: [await filter("state")], concurrency: 2 }, async (proxy) => {
    const orders = { "x-do": "count", "x-times": "250" };
    const lanes = Array.from({ length: 8 }, async () => {
      for (let round = 0; round < 25; round++)
        assert.equal((await proxy.request({ headers: orders })).status, 200);
    });
    await Promise.all(lanes);
    const last = await proxy.request({ headers: { "x-do": "count", "x-times": "0" } });
    assert.equal(last.text, "50000");
    assert.equal(await stat(proxy, "conformance.counted", (value) => value >= 50_000), 50_000);
  });
});

test("keeps entries in slots, of which there are only so many", async () => {
  for (let index = 0; index < 200; index++) {
    const entry = { "x-key": `key ${index}`, "x-value": `value ${index}` };
    assert.equal(await ask("slots", entry), "true");
    assert.equal(await ask("slots", { "x-key": entry["x-key"] }), entry["x-value"]);
  }
  let kept = 0;
  for (let index = 0; index < 200; index++) {
    const value = await ask("slots", { "x-key": `key ${index}` });
    if (value === "(null)") continue;
    assert.equal(value, `value ${index}`);
    kept++;
  }
  assert.ok(kept > 32 && kept <= 64, `${kept} are left`);
});

test("hears of entries in a queue, found by the id of its VM", async () => {
  const from = proxy.envoy.log.mark;
  assert.equal(await ask("enqueue", { "x-vm": "shared", "x-entry": "by id" }), "enqueued");
  assert.equal(await ask("enqueue", { "x-entry": "own" }), "enqueued");
  assert.equal(await ask("enqueue", { "x-vm": "nobody" }), "no such queue");
  await stat(proxy, "conformance.jobs", (value) => value === 2);
  const jobs = proxy.wasmLog(from).flatMap(({ text }) => /^job <(.*)>/.exec(text)?.[1] ?? []);
  assert.deepEqual(jobs.sort(), ["by id", "own"]);
});

test("takes entries from a queue in their order, empty ones too", async () => {
  assert.equal(await ask("queue"), "<one><><three>");
});

test("measures with counters, gauges and histograms, with labels", async () => {
  assert.equal(await ask("metrics"), "3 42");
  assert.equal(await ask("metrics"), "6 42");
  const stats = await proxy.envoy.admin.stats("conformance");
  assert.equal(stats.get("wasmcustom.conformance.counter"), 6);
  assert.equal(stats.get("wasmcustom.conformance.gauge"), 42);
  const page = await proxy.envoy.admin.prometheus();
  assert.match(page, /^conformance_requests_total\{method="GET",host="a_b_c"\} 4$/m);
  const count = () => proxy.envoy.admin.text("/stats/prometheus?filter=conformance.histogram");
  // Histograms are merged every few seconds.
  for (const deadline = Date.now() + 10_000; !/histogram_count\{\} 2\b/.test(await count()); await sleep(100))
    assert.ok(Date.now() < deadline, await count());
  assert.match(await count(), /histogram_sum\{\} 3[34]/);
});

test("is called by time, by several timers at once", async () => {
  await withTraced(
    { filters: [await filter("state", { configuration: { timers: true } })] },
    async (proxy) => {
      // On the main thread and on the worker.
      await stat(proxy, "conformance.once", (value) => value === 2);
      const [every, ticks] = await Promise.all([
        stat(proxy, "conformance.every", () => true),
        stat(proxy, "conformance.ticks", () => true),
      ]);
      assert.ok(every >= 6 && every > ticks, `${every} of every 20 ms, ${ticks} of every 50 ms`);
      await stat(proxy, "conformance.ticks", (value) => value >= 8);
      const stats = await proxy.envoy.admin.stats("conformance");
      assert.equal(stats.get("wasmcustom.conformance.once"), 2);
      assert.equal(stats.get("wasmcustom.conformance.limited"), 6);
      assert.equal(stats.get("wasmcustom.conformance.never"), 0);
      assert.ok(stats.get("wasmcustom.conformance.every")! > every);
    },
  );
});

test("sets a property that the access log and other plugins read", async () => {
  await proxy.request({ path: "/noted", headers: { "x-do": "note", "x-value": "of note" } });
  assert.equal(proxy.upstream.last.headers.get("x-set"), "true");
  assert.equal(proxy.upstream.last.headers.get("x-overwritten"), "false");
  assert.equal(proxy.upstream.last.headers.get("x-read-by-second"), "of note");
  await proxy.request({ path: "/not-noted" });
  const lines = async () => (await readFile(join(folder, "access.log"), "utf8").catch(() => "")).split("\n");
  for (const deadline = Date.now() + 5000; !(await lines()).includes("/not-noted <->"); await sleep(50)) {
    // Which writes what it has.
    await proxy.envoy.admin.text("/reopen_logs", "POST");
    assert.ok(Date.now() < deadline, "no access log");
  }
  assert.ok((await lines()).includes("/noted <of note>"), (await lines()).join("\n"));
});

test("reads what the host knows of a request", async () => {
  const from = proxy.envoy.log.mark;
  const started = Date.now();
  await proxy.request({
    path: "/a%20path?and=query",
    headers: [
      ["x-do", "tell"],
      ["x-many", "one"],
      ["x-many", "two"],
    ],
  });
  const seen = proxy.upstream.last.headers;
  assert.equal(seen.get("x-path"), "/a%20path?and=query");
  assert.equal(seen.get("x-url-path"), "/a%20path");
  assert.equal(seen.get("x-query"), "and=query");
  assert.equal(seen.get("x-protocol"), "HTTP/1.1");
  assert.equal(seen.get("x-header"), "one,two");
  assert.equal(seen.get("x-plugin"), "second");
  assert.equal(seen.get("x-root-id"), "state");
  assert.equal(seen.get("x-vm-id"), "other");
  assert.match(seen.get("x-source")!, /^127\.0\.0\.1:\d+$/);
  assert.equal(seen.get("x-mtls"), "false");
  assert.equal(seen.get("x-absent"), "(null)");
  assert.equal(seen.get("x-whole-group"), "(null)");
  const start = Number(BigInt(seen.get("x-start")!) / 1_000_000n);
  assert.ok(start >= started - 1 && start <= Date.now() + 1);
  await proxy.envoy.log.waitFor(/: code 200$/, 5000, from);
});
