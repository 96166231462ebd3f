import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { goals } from "../../benchmarks/goals.js";
import { plans, secondsOf } from "../../benchmarks/plans.js";
import { fillReadme } from "../../benchmarks/readme.js";
import { report } from "../../benchmarks/report.js";
import type { EnvoyVariant, Result } from "../../benchmarks/result.js";
import { bench } from "../../benchmarks/run.js";
import { summary } from "../../cli/measure/summary.js";

const figure = (value: number) => summary([value, value * 1.1, value * 1.2]);
const estimate = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });

const variant = (name: string, peer: EnvoyVariant["peer"], adds: number): EnvoyVariant => ({
  name,
  peer,
  chain: 1,
  cpuMicroseconds: figure(20 + adds),
  throughput: figure(10_000),
  p50: figure(0.2),
  p99: figure(0.9),
  busy: 1,
  resident: 40 * 2 ** 20,
  failures: 0,
  against: peer && {
    difference: estimate(adds),
    ratio: estimate((20 + adds) / 20),
    isMeasurable: true,
  },
  overNative:
    peer === "as-proxy-wasm"
      ? { ...{ difference: estimate(adds), isMeasurable: true }, ratio: estimate(1.25) }
      : null,
});

const result: Result = {
  version: 1,
  isWhole: true,
  minutes: 20,
  machine: {
    processor: "A | processor",
    processors: 2,
    memoryGiB: 8,
    system: "Linux 6.1",
    node: "20.0.0",
    envoy: "1.40.0",
    loadBefore: 0.1,
    loadAfter: 1.5,
  },
  exchangesCompared: 190,
  modules: [
    { peer: "as-proxy-wasm", workload: "headers", bytes: 8 * 1024 },
    { peer: "as-proxy-wasm", workload: "basic-auth", bytes: 26 * 1024 },
  ],
  absent: [{ peer: "lua", workload: "json", reason: "the filter has no reader of JSON" }],
  v8: (
    [
      ["as-proxy-wasm", 180],
      ["as-proxy-wasm-speed", 150],
      ["rust", 300],
      ["floor", 90],
    ] as const
  ).map(([peer, time]) => ({
    peer,
    workload: "headers",
    bodyBytes: 0,
    request: figure(time),
    callbacks: { proxy_on_request_headers: 40 },
  })),
  wear: [
    {
      peer: "as-proxy-wasm",
      workload: "headers",
      manyOpen: estimate(1.02),
      aged: estimate(1.2),
      requests: 1_000_000,
      memory: [{ requests: 1_000_000, bytes: 131_072 }],
      hostCollections: 2,
    },
  ],
  envoy: [
    {
      id: "headers",
      title: "headers, 1 worker",
      workload: "headers",
      workers: 1,
      rounds: 3,
      rate: 2000,
      lateness: 0.1,
      variants: [
        variant("no filter", null, 0),
        variant("as-proxy-wasm", "as-proxy-wasm", 2.1),
        variant("Rust SDK", "rust", 3),
        variant("floor", "floor", 2),
      ],
    },
  ],
  starts: [
    { name: "no filter", peer: null, milliseconds: figure(100) },
    { name: "as-proxy-wasm", peer: "as-proxy-wasm", milliseconds: figure(110) },
  ],
};

const goalOf = (part: string, goal = "") =>
  goals(result).find((one) => one.figure.includes(part) && one.goal.includes(goal))!;

suite("the table of what to reach", () => {
  test("holds figures of the run against the goals", () => {
    assert.match(
      goalOf("guest time of headers", "0.75").measured,
      /^150 ns \(180 without\), 0.50 of Rust's 300 ns$/,
    );
    assert.match(goalOf("guest time of headers", "floor").measured, /^1.67 \(not reached\) of 90 ns$/);
    assert.equal(goalOf("guest time of headers", "floor").isReached, false);
    assert.equal(goalOf("header plugin adds", "floor").isReached, true);
    assert.match(goalOf("header plugin adds", "Rust").measured, /^2.10 us, 0.70 of 3.00 us$/);
    assert.match(goalOf("native filter").measured, /^80.0 % \(not reached\)$/);
    assert.equal(goalOf("module of basic-auth").isReached, false);
    assert.equal(goalOf("module of headers").isReached, true);
    assert.match(goalOf("linear memory").measured, /^128 KiB at most \(headers, after 1,000,000\)$/);
    assert.match(goalOf("start of Envoy").measured, /^10.5 ms more$/);
    assert.equal(goalOf("10,000 streams").isReached, true);
    assert.equal(goalOf("request after 1 million").isReached, false);
  });

  test("says what the run did not see", () => {
    assert.deepEqual(
      [goalOf("guest time of noop").measured, goalOf("guest time of noop").isReached],
      ["not in this run", null],
    );
  });

  test("goes between the marks of the README, again and again", () => {
    const text = "# A\n\n<!-- measured: begin -->\n\nold\n\n<!-- measured: end -->\n\nB\n";
    const once = fillReadme(text, result);
    assert.ok(once.startsWith("# A\n") && once.endsWith("\n\nB\n") && !once.includes("old"));
    assert.equal(fillReadme(once, result), once);
    assert.throws(() => fillReadme("# A\n", result), /has lost/);
  });
});

suite("the report", () => {
  test("has every part, plots of its own, and no name of the machine", () => {
    const files = report(result);
    const text = files.get("report.md")!;
    for (const part of [
      "In Node's V8",
      "After many requests",
      "In Envoy",
      "first answer",
      "Sizes",
      "Left out",
    ])
      assert.ok(text.includes(part), part);
    assert.match(text, /json, Lua: the filter has no reader of JSON/);
    assert.match(text, /A \| processor, 2 processors, 8 GiB/);
    for (const name of files.keys()) if (name.endsWith(".svg")) assert.ok(text.includes(`](${name})`), name);
    assert.deepEqual(
      [...files.keys()].sort(),
      ["envoy-cpu.svg", "envoy-headers.svg", "report.md", "starts.svg", "v8.svg"].sort(),
    );
  });

  test("says of a run that was not whole that it was not", () => {
    assert.match(report({ ...result, isWhole: false }).get("report.md")!, /no whole run/);
  });
});

suite("npm run bench", () => {
  test("takes less than 25 minutes when it is whole", () => {
    const seconds = plans(false).reduce((sum, plan) => sum + secondsOf(plan), 0);
    assert.ok(seconds < 18 * 60, `${seconds} s in Envoy alone`);
  });

  test("refuses words that it does not know", async () => {
    await assert.rejects(bench(["--only", "rust"]), /--only rust/);
    await assert.rejects(bench(["--workload", "x"]), /there are noop, headers/);
    await assert.rejects(bench(["--rounds", "0"]), /expected 1 to 999/);
    await assert.rejects(bench(["--fast"]), /--short/);
  });
});
