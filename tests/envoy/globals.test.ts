import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { suite, test } from "node:test";
import { Proxy, withProxy } from "./harness.js";
import { settled } from "./settled.js";

/** The headers that the upstream saw of a request that the fixture answered in them. */
async function told(proxy: Proxy, path: string): Promise<(name: string) => string> {
  await proxy.request(path);
  const { headers } = proxy.upstream.last;
  return (name) => headers.get(name) ?? assert.fail(`no header ${name}`);
}

suite("the language's own globals", () => {
  test("console, trace and log write one line a call, at the level of their names", async () => {
    await withProxy(
      { filters: [{ fixture: "globals" }], componentLogLevels: { wasm: "trace" } },
      async (proxy) => {
        const from = proxy.envoy.log.mark;
        await proxy.request("/console");
        await settled();
        const lines = proxy
          .wasmLog(from)
          .map(({ level, text }) => `${level} ${text.replace(/\d+us/, "?us")}`)
          .filter((line) => /by |said|timer|label|log\./.test(line));
        assert.deepEqual(lines, [
          "info by log",
          "debug by debug",
          "info by info",
          "warning by warn",
          "error by error, ünicode",
          "error Assertion failed: said",
          "info timer: ?us",
          "info timer: ?us",
          "warning No such label: timer",
          "trace by trace 1.0 2.5",
          "trace log.trace",
          "debug log.debug",
          "info log.info",
          "warning log.warn",
          "error log.error",
        ]);
      },
    );
  });

  test("Date and performance follow the host's clocks", async () => {
    await withProxy({ filters: [{ fixture: "globals" }] }, async (proxy) => {
      const before = Date.now();
      const header = await told(proxy, "/clocks");
      const after = Date.now();
      for (const time of [Number(header("x-date-now")), Date.parse(header("x-date"))])
        assert.ok(time >= before - 1 && time <= after + 1, `${before} ${time} ${after}`);
      const nanoseconds = BigInt(header("x-now"));
      assert.ok(nanoseconds / 1_000_000n >= before - 1 && nanoseconds / 1_000_000n <= after + 1);
      assert.equal(header("x-monotonic"), "true");
    });
  });

  test("crypto and Math.random give random numbers", async () => {
    await withProxy({ filters: [{ fixture: "globals" }], concurrency: 2 }, async (proxy) => {
      const bytes = new Set<string>();
      const numbers = new Set<string>();
      for (let round = 0; round < 20; round++) {
        const header = await told(proxy, "/random");
        assert.match(header("x-bytes"), /^[0-9a-f]{32}$/);
        const number = Number(header("x-math"));
        assert.ok(number >= 0 && number < 1, header("x-math"));
        bytes.add(header("x-bytes"));
        numbers.add(header("x-math"));
      }
      assert.equal(bytes.size, 20);
      assert.equal(numbers.size, 20);
    });
  });

  test("process.env is the VM's environment, and empty where there is none", async () => {
    const environment = { GREETING: "grüß dich=ja", OTHER: "" };
    await withProxy({ filters: [{ fixture: "globals", environment }] }, async (proxy) => {
      const header = await told(proxy, "/environment");
      assert.equal(header("x-greeting"), Buffer.from(environment.GREETING).toString("latin1"));
      assert.equal(header("x-count"), "2");
    });
    await withProxy({ filters: [{ fixture: "globals" }] }, async (proxy) => {
      const header = await told(proxy, "/environment");
      assert.equal(header("x-greeting"), "(none)");
      assert.equal(header("x-count"), "0");
    });
  });
});

/** Trips the fixture, and asserts that there is one line of the SDK's about it, and the trap. */
async function trip(proxy: Proxy, path: string, message: RegExp): Promise<void> {
  const from = proxy.envoy.log.mark;
  const response = await proxy.request(path);
  assert.equal(response.status, 503);
  await settled();
  const aborts = proxy.wasmLog(from).filter(({ text }) => text.startsWith("abort: "));
  assert.equal(aborts.length, 1, proxy.envoy.log.tail());
  assert.equal(aborts[0]!.level, "critical");
  assert.match(aborts[0]!.text, message);
  assert.equal(proxy.envoy.log.matching(/Uncaught RuntimeError/, from).length, 1);
}

suite("a trap", () => {
  for (const [what, path, message] of [
    ["throw", "/throw", /^abort: thrown on purpose in tests\/envoy\/fixtures\/globals\/index\.ts:\d+:\d+$/],
    [
      "assert",
      "/assert",
      /^abort: asserted on purpose in tests\/envoy\/fixtures\/globals\/index\.ts:\d+:\d+$/,
    ],
    ["an index out of range", "/index", /^abort: Index out of range in ~lib\/array\.ts:\d+:\d+$/],
    [
      "a null that was asserted away",
      "/null",
      /^abort: .* in tests\/envoy\/fixtures\/globals\/index\.ts:\d+:\d+$/,
    ],
  ] as const) {
    test(`by ${what} writes one critical line with message, file and line; then the VM answers 503`, async () => {
      const proxy = await Proxy.start({ filters: [{ fixture: "globals" }] });
      try {
        await trip(proxy, path, message);
        const from = proxy.envoy.log.mark;
        assert.equal((await proxy.request("/")).status, 503);
        await settled();
        assert.deepEqual(proxy.wasmLog(from), []);
        assert.equal(proxy.envoy.ended, null);
      } finally {
        await proxy.stop();
      }
    });
  }

  test("is recovered from under FAIL_RELOAD: a new VM serves", async () => {
    const proxy = await Proxy.start({
      filters: [{ fixture: "globals", failurePolicy: "FAIL_RELOAD", reloadInterval: "0.2s" }],
    });
    try {
      await trip(proxy, "/throw", /thrown on purpose/);
      let status = 503;
      for (let attempt = 0; status === 503 && attempt < 50; attempt++) {
        await sleep(100);
        ({ status } = await proxy.request("/"));
      }
      assert.equal(status, 200);
      // The new VM is whole: it can trip again.
      await trip(proxy, "/throw", /thrown on purpose/);
    } finally {
      await proxy.stop();
    }
  });

  test("ends one worker's VM and no other plugin's", async () => {
    const proxy = await Proxy.start({
      filters: [{ fixture: "globals", failurePolicy: "FAIL_OPEN" }, { plugin: "hello" }],
    });
    try {
      await trip(proxy, "/throw", /thrown on purpose/);
      const response = await proxy.request("/");
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("hello"), "world");
    } finally {
      await proxy.stop();
    }
  });
});
