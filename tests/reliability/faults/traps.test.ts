import assert from "node:assert/strict";
import { test } from "node:test";
import { Crowd } from "../crowd.js";
import { Proxy } from "../../envoy/harness.js";
import { witness } from "../chain.js";
import { tally, until } from "../quiet.js";

const policies = ["FAIL_CLOSED", "FAIL_OPEN", "FAIL_RELOAD"] as const;
const reloadInterval = 0.3;

/** Runs `use` with the witness under a policy, which may trap. */
async function trapping(
  policy: (typeof policies)[number],
  workers: number,
  use: (proxy: Proxy) => Promise<void>,
) {
  const code = await witness();
  const reload = policy === "FAIL_RELOAD" ? { reloadInterval: `${reloadInterval}s` } : {};
  const proxy = await Proxy.start({
    filters: [{ name: "witness", code, failurePolicy: policy, ...reload }],
    concurrency: workers,
    listener: { balanced: true },
    answer: ({ path }) => ({ delay: path === "/slow" ? 300 : 0 }),
  });
  try {
    await use(proxy);
    assert.equal(proxy.envoy.ended, null);
  } finally {
    await proxy.stop();
  }
}

for (const policy of policies) {
  test(`a VM that traps under load and ${policy} loses what the policy says, and no more`, async (t) => {
    await trapping(policy, 2, async (proxy) => {
      const seen: { at: number; outcome: string }[] = [];
      const ask = (n: number) =>
        proxy.request(n % 3 ? "/" : "/slow").then(
          ({ status }) => String(status),
          (error: Error) => error.message,
        );
      const crowd = new Crowd(12, async (n) => {
        const at = performance.now();
        seen.push({ at, outcome: await ask(n) });
      });
      const since = (at: number) => seen.filter((one) => one.at >= at);
      await until("requests", () => seen.length > 50);
      assert.ok(seen.every(({ outcome }) => outcome === "200"));
      const trapped = performance.now();
      const { status } = await proxy.request({ headers: { "x-harm": "trap" } });
      assert.equal(status, 503);
      await until("requests after the trap", () => since(trapped).length > 300);
      if (policy === "FAIL_RELOAD") {
        await until("a new VM", async () =>
          [...(await proxy.envoy.admin.stats("vm_reload_success")).values()].includes(1),
        );
        const renewed = performance.now();
        await until("requests", () => since(renewed).length > 100);
        assert.deepEqual(
          tally(since(renewed).map(({ outcome }) => outcome)).replace(/^\d+/, "all"),
          "all times 200",
        );
      }
      await crowd.stop();
      const outcomes = since(trapped).map(({ outcome }) => outcome);
      const lost = seen.filter(({ outcome }) => outcome !== "200");
      t.diagnostic(
        `${seen.length} requests: ${tally(seen.map(({ outcome }) => outcome))}; lost ${lost.length}`,
      );
      assert.deepEqual(
        [...new Set(lost.map(({ outcome }) => outcome))].filter((outcome) => outcome !== "503"),
        [],
      );
      // The other worker's plugin has a VM of its own and goes on.
      assert.ok(outcomes.includes("200"));
      if (policy === "FAIL_CLOSED") {
        // A refusal is quick, so that who hears one has asked again before others have their answer: no half is due.
        const refused = outcomes.filter((outcome) => outcome === "503").length;
        assert.ok(refused > 10, `${refused} of ${outcomes.length} were refused`);
        assert.ok(
          since(performance.now() - 500).some(({ outcome }) => outcome === "200"),
          "nobody was served",
        );
      }
      // What begins after the trap passes; only what was under way on that worker may fail.
      if (policy === "FAIL_OPEN") assert.ok(lost.length <= 12, `${lost.length} lost`);
    });
  });
}

test("a plugin that takes all the memory there is fails alone, and under FAIL_RELOAD a new one serves", async (t) => {
  await trapping("FAIL_RELOAD", 1, async (proxy) => {
    assert.equal((await proxy.request()).status, 200);
    const before = (await proxy.envoy.usage()).rss;
    for (let round = 1; round <= 3; round++) {
      assert.equal((await proxy.request({ headers: { "x-harm": "grow" } })).status, 503);
      await until("a new VM serves", async () => (await proxy.request()).status === 200);
      assert.equal((await proxy.request({ method: "POST", body: "x".repeat(100_000) })).status, 200);
    }
    const after = (await proxy.envoy.usage()).rss;
    const traps = proxy.envoy.log.matching(
      /Function: proxy_on_request_headers failed: Uncaught RuntimeError/,
    ).length;
    t.diagnostic(`${traps} VMs reached 1 GiB; resident ${before} bytes before, ${after} after`);
    assert.equal(traps, 3);
    assert.ok(after < before + (64 << 20), `${before} to ${after} bytes`);
  });
});
