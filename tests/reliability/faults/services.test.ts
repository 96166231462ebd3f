import assert from "node:assert/strict";
import { test } from "node:test";
import { withProxy } from "../../envoy/harness.js";
import { chain, Services, tokens } from "../chain.js";
import { Crowd } from "../crowd.js";
import { assertQuiet, tally, until } from "../quiet.js";

/** A request with what may come of it while services are there or not. */
const wishes = [
  { path: "/both/1", verdict: "allow", whole: 200 },
  { path: "/both/1", verdict: "deny", whole: 403 },
  { path: "/auth/1", verdict: "deny", whole: 403 },
  { path: "/batched/1", verdict: "deny", whole: 403 },
  { path: "/batched/1", verdict: "allow", whole: 200 },
  { path: "/policy/1", verdict: "deny", whole: 403 },
] as const;

test("services of callouts are killed and come back under load: nobody passes undecided, and all is well again", async (t) => {
  const services = await Services.start();
  const options = {
    filters: await chain({ "jwt-validator": { jwks_refresh_seconds: 1 } }),
    clusters: services.clusters,
    concurrency: 2,
  };
  try {
    await withProxy(options, async (proxy) => {
      const seen: { whole: number; status: number; at: number }[] = [];
      const crowd = new Crowd(12, async (n) => {
        const { path, verdict, whole } = wishes[n % wishes.length]!;
        const at = performance.now();
        const headers = { "x-verdict": verdict, "x-token": tokens.good, "x-identity": "forged" };
        const { status } = await proxy.request({ path, headers });
        seen.push({ whole, status, at });
      });
      const since = (at: number) => seen.filter((one) => one.at >= at);
      const isWell = (at: number) => {
        const latest = since(at).slice(-24);
        return latest.length === 24 && latest.every(({ whole, status }) => whole === status);
      };
      await until("a good beginning", () => isWell(0));
      for (const name of ["auth", "policy", "issuer"] as const) {
        const killed = performance.now();
        await services[name].stop();
        if (name === "issuer") await until("requests without an issuer", () => since(killed).length >= 40);
        else
          await until(
            `requests without ${name}`,
            () => since(killed).filter(({ status }) => status === 503).length >= 15,
          );
        const back = performance.now();
        await services[name].restart();
        await until(`${name} is back`, () => isWell(back));
        // The keys that were there go on being good: no request fails for the issuer's sake.
        if (name === "issuer") assert.ok(since(killed).every(({ whole, status }) => whole === status));
        const failed = since(killed).filter(({ status }) => status === 503).length;
        t.diagnostic(
          `${name} killed: ${failed} of ${since(killed).length} requests refused with 503, none let by`,
        );
      }
      await crowd.stop();
      t.diagnostic(`${seen.length} requests: ${tally(seen.map(({ status }) => status))}`);
      for (const { whole, status } of seen)
        assert.ok(status === whole || status === 503, `${status} for ${whole}`);
      const passed = proxy.upstream.requests;
      assert.equal(passed.length, seen.filter(({ status }) => status === 200).length);
      for (const { headers } of passed) {
        assert.equal(headers.get("x-verdict"), "allow");
        assert.deepEqual(headers.all("x-identity"), ["known"]);
      }
      await assertQuiet(proxy);
    });
  } finally {
    await services.stop();
  }
});

test("connections that break off in mid-body, upstream and in callouts, fail their own request alone", async (t) => {
  const services = await Services.start();
  const cut = {
    headers: { "content-type": "application/json" },
    body: '{"allowed": true, "result": true}'.padEnd(4000),
    cut: true,
  };
  const answer = ({ path }: { path: string }) =>
    path.includes("cut") ? { body: ["SECRET", "more"], reset: "in the body" as const } : { body: "fine" };
  const options = {
    filters: await chain(),
    clusters: services.clusters,
    concurrency: 2,
    answer,
    routes: [{ cluster: "upstream" }],
  };
  const say = { auth: services.auth.say, policy: services.policy.say };
  try {
    await withProxy(options, async (proxy) => {
      const rounds = 20;
      const all = <T>(ask: () => Promise<T>) => Promise.all(Array.from({ length: rounds }, ask));
      services.auth.say = services.policy.say = () => cut;
      for (const path of ["/auth/1", "/batched/1", "/remembered/1", "/policy/1", "/both/1"]) {
        const answers = await all(() => proxy.request({ path, headers: { "x-verdict": "allow" } }));
        assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503], path);
      }
      assert.equal(proxy.upstream.requests.length, 0);
      Object.assign(services.auth, { say: say.auth });
      Object.assign(services.policy, { say: say.policy });
      for (const path of ["/open/cut", "/cached/cut", "/echo/cut", "/both/cut"]) {
        for (const send of [proxy.request.bind(proxy), proxy.requestHttp2.bind(proxy)]) {
          const outcomes = await all(() =>
            send({ path, headers: { "x-verdict": "allow" }, timeout: 5000 }).then(
              ({ status }) => String(status),
              (error: Error) => error.message,
            ),
          );
          // Never a whole answer: transform held the body and answers 503, or the stream broke off.
          assert.ok(!outcomes.includes("200"), `${path}: ${tally(outcomes)}`);
          assert.ok(
            !outcomes.some((outcome) => outcome.startsWith("no answer")),
            `${path}: ${tally(outcomes)}`,
          );
        }
      }
      for (const path of ["/open/1", "/cached/1", "/echo/1", "/both/1", "/batched/1"])
        assert.equal((await proxy.request({ path, headers: { "x-verdict": "allow" } })).status, 200, path);
      await assertQuiet(proxy);
      t.diagnostic(`${5 * rounds} callouts and ${8 * rounds} answers were cut off; nothing is left of them`);
    });
  } finally {
    await services.stop();
  }
});
