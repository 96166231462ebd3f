import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { filter } from "../../conformance/harness.js";
import { type Proxy, withProxy } from "../../envoy/harness.js";
import { Crowd } from "../crowd.js";
import { assertQuiet, tally, until } from "../quiet.js";
import { breaks, type Ending, GrpcBreaker } from "./grpc-breaker.js";

/** Where the message never comes to its end, and the status is fine. */
const neverWhole: Ending[] = ["message cut, status fine", "message that claims 4 GiB"];

/** `RateLimitResponse { overall_code: OK }`, and `{1: "m", 2: 7}` of the conformance plugin. */
const letsThrough = Buffer.from([0x08, 0x01]);
const echo = Buffer.from([0x0a, 0x01, 0x6d, 0x10, 0x07]);

async function withRateLimit(
  allows: boolean,
  use: (proxy: Proxy, service: GrpcBreaker) => Promise<void>,
): Promise<void> {
  const service = await GrpcBreaker.start(letsThrough);
  const configuration = {
    requests_per_second: 1,
    failure_mode_allow: allows,
    global: { cluster: "ratelimit", domain: "d", timeout_ms: 1000 },
    log_level: "error",
  };
  try {
    await withProxy(
      {
        filters: [{ plugin: "rate-limit", configuration }],
        clusters: [{ name: "ratelimit", address: { port: service.port }, http2: true }],
        concurrency: 2,
      },
      async (proxy) => {
        await use(proxy, service);
        await assertQuiet(proxy);
      },
    );
  } finally {
    await service.stop();
  }
}

suite("a rate limit service that breaks a call off in the middle", () => {
  for (const allows of [false, true])
    test(`has its own requests ${allows ? "let through" : "refused with 503"}, and no others`, async (t) => {
      await withRateLimit(allows, async (proxy, service) => {
        for (const ending of breaks) {
          service.ending = ending;
          const answers = await Promise.all(Array.from({ length: 8 }, () => proxy.request()));
          const statuses = [...new Set(answers.map(({ status }) => status))];
          assert.deepEqual(statuses, [allows ? 200 : 503], ending);
          service.ending = "well";
          await until(`${ending}, and well again`, async () => (await proxy.request()).status === 200);
        }
        const failed = await proxy.envoy.admin.stats("wasmcustom.rate-limit.failed");
        assert.ok([...failed.values()][0]! >= 8 * breaks.length, "the failures are counted");
        t.diagnostic(
          `${8 * breaks.length} calls broken off in ${breaks.length} ways; nothing is left of them`,
        );
      });
    });

  for (const allows of [false, true])
    test(`and is killed and comes back under load ${allows ? "lets requests through" : "lets nobody pass"} meanwhile`, async (t) => {
      await withRateLimit(allows, async (proxy, service) => {
        const seen: { at: number; status: number }[] = [];
        const crowd = new Crowd(10, async () => {
          const at = performance.now();
          seen.push({ at, status: (await proxy.request()).status });
        });
        const since = (at: number) => seen.filter((one) => one.at >= at);
        const isWell = (at: number) =>
          since(at).length >= 40 &&
          since(at)
            .slice(-20)
            .every(({ status }) => status === 200);
        await until("a good beginning", () => isWell(0));
        let refused = 0;
        for (let round = 0; round < 3; round++) {
          const calls = service.calls;
          await service.stop();
          const killed = performance.now();
          await until("requests without it", () => since(killed).length >= 40);
          // What began after the kill had nobody to ask.
          const without = since(killed).map(({ status }) => status);
          assert.deepEqual([...new Set(without)], [allows ? 200 : 503]);
          refused += without.length;
          assert.equal(service.calls, calls);
          await service.restart();
          const back = performance.now();
          await until("it is back", () => isWell(back) && service.calls > calls);
        }
        await crowd.stop();
        t.diagnostic(
          `${seen.length} requests, ${refused} of them without the service: ${tally(seen.map(({ status }) => status))}`,
        );
        for (const { status } of seen) assert.ok(status === 200 || (!allows && status === 503), `${status}`);
        assert.equal(proxy.upstream.requests.length, seen.filter(({ status }) => status === 200).length);
      });
    });
});

test("calls and streams of gRPC that break off end once, with a status, and leave nothing", async (t) => {
  const service = await GrpcBreaker.start(echo);
  const clusters = [{ name: "echo", address: { port: service.port }, http2: true }];
  try {
    await withProxy({ filters: [await filter("grpc")], clusters }, async (proxy) => {
      const ask = async (what: string, method: string) => {
        const orders = { "x-do": what, "x-cluster": "echo", "x-method": method, "x-message": "m" };
        const { text } = await proxy.request({ headers: { ...orders, "x-timeout": "500" }, timeout: 10_000 });
        return text;
      };
      const told: string[] = [];
      for (const ending of breaks) {
        service.ending = ending;
        const call = await ask("unary", "Unary");
        assert.match(call, /^status=-?\d+ message=/, `${ending}: ${call}`);
        assert.doesNotMatch(call, /^status=0 /, ending);
        told.push(`${ending}: ${/^status=-?\d+/.exec(call)![0]}`);
        // A stream has no time limit: one without an end would go on until its client leaves.
        if (ending === "message without end") continue;
        const stream = await ask("close-send", "Talk");
        assert.match(stream, / status=-?\d+ message=.* open=false$/, `${ending}: ${stream}`);
        // Of the message none or all of it is heard, never a part.
        assert.match(stream, / said=(m#7)? /, ending);
        // A stream may end without a message: where one was cut off, Envoy says no more than the service did.
        if (!neverWhole.includes(ending)) assert.doesNotMatch(stream, / status=0 /, ending);
      }
      service.ending = "well";
      await until("well again", async () => (await ask("unary", "Unary")).startsWith("message=m#7"));
      t.diagnostic(told.join("; "));
      await assertQuiet(proxy);
    });
  } finally {
    await service.stop();
  }
});
