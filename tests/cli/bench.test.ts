import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { BenchResult, Variant } from "../../cli/bench/result.js";
import { plugin } from "../envoy/harness.js";
import { trapping, writeBurner } from "./bench-modules.js";
import { refuseAll } from "./apw.js";
import { type Ended, runBench } from "./bench-run.js";
import { wellFormed } from "./bench-xml.js";

let folder: string;
/** Burn so much that a busy machine cannot hide it; `heavy` four times as much as `light`. */
let light: string;
let heavy: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-bench-"));
  light = await writeBurner(folder, "light", 25_000);
  heavy = await writeBurner(folder, "heavy", 100_000);
});
after(() => rm(folder, { recursive: true, force: true }));

const rules = {
  basic_auth_rules: [{ prefix: "/admin", request_methods: ["*"], credentials: ["admin:admin"] }],
};

const quick = ["--rounds", "6", "--starts", "3", "--duration", "120ms", "--connections", "4"];

function resultOf({ stdout, stderr }: Ended): BenchResult {
  try {
    return JSON.parse(stdout) as BenchResult;
  } catch {
    assert.fail(`no JSON: ${stdout}\n${stderr}`);
  }
}

const named = ({ variants }: BenchResult, name: string): Variant => {
  const found = variants.find((variant) => variant.name === name);
  assert.ok(found, `no ${name} among ${variants.map((variant) => variant.name).join(", ")}`);
  return found;
};

describe("apw bench in Envoy", () => {
  let ended: Ended;
  let result: BenchResult;
  before(async () => {
    const files = ["--svg", join(folder, "cost.svg"), "--markdown", join(folder, "cost.md")];
    const limits = ["--max-cpu-us", "10", "--max-memory-mb", "1000"];
    ended = await runBench([
      light,
      "--compare",
      heavy,
      "--json",
      "--rate",
      "300",
      ...quick,
      ...files,
      ...limits,
    ]);
    result = resultOf(ended);
  });

  it("sees that a plugin which burns costs more than none, and one that burns four times as much costs so much more", () => {
    const [one, four] = ["light", "heavy"].map((name) => named(result, name).against!.cpuMicroseconds);
    assert.ok(one!.isMeasurable && four!.isMeasurable, JSON.stringify([one, four]));
    assert.ok(one!.difference.value > 0);
    const ratio = four!.difference.value / one!.difference.value;
    assert.ok(ratio > 2.4 && ratio < 6.5, `${ratio}`);
  });

  it("finds in Envoy about what the module takes alone", () => {
    const { against, guest } = named(result, "heavy");
    const ratio = (against!.cpuMicroseconds.difference.value * 1000) / guest!.request.lowerQuartile;
    assert.ok(ratio > 0.5 && ratio < 2, `${ratio}`);
  });

  it("orders throughput and latency by the cost", () => {
    const [none, four] = ["baseline", "heavy"].map((name) => named(result, name).figures!);
    assert.ok(four!.throughput.upperQuartile < none!.throughput.upperQuartile);
    assert.ok(four!.p50.lowerQuartile > none!.p50.lowerQuartile);
  });

  it("says all of it: figures of every round, memory, starts, what was asked", () => {
    assert.deepEqual(
      result.variants.map(({ name, kind }) => [name, kind]),
      [
        ["baseline", "baseline"],
        ["light", "plugin"],
        ["heavy", "compared"],
      ],
    );
    assert.equal(result.version, 1);
    assert.match(result.envoy!, /^\d+\.\d+\.\d+/);
    assert.deepEqual(
      { ...result.settings, upstream: undefined },
      {
        rounds: 6,
        starts: 3,
        milliseconds: 120,
        connections: 4,
        concurrency: 1,
        rate: 300,
        request: "GET /",
        upstream: undefined,
      },
    );
    for (const { figures, memory, millisecondsToFirstAnswer, failures, requests } of result.variants) {
      assert.deepEqual(failures, {});
      assert.ok(requests > 100);
      assert.equal(figures!.p99.count, 6);
      assert.ok(figures!.p50.median <= figures!.p90.median && figures!.p90.median <= figures!.p99.median);
      assert.ok(memory!.resident > 2 ** 20 && memory!.proportional <= memory!.resident);
      assert.equal(millisecondsToFirstAnswer!.count, 3);
      assert.ok(millisecondsToFirstAnswer!.minimum > 5);
    }
    assert.equal(named(result, "baseline").against, null);
    assert.match(
      result.verdicts[1]!.text,
      /^adds \d+\S* us \(\S+ to \S+\) of CPU a request, p99 .* -> .* ms/,
    );
  });

  it("ends with 1 when a limit is exceeded, and says which", () => {
    assert.equal(ended.code, 1, ended.stderr);
    assert.deepEqual(
      result.limits.map(({ option, variant, verdict }) => [option, variant, verdict]),
      [
        ["--max-cpu-us", "light", "over"],
        ["--max-memory-mb", "light", "kept"],
        ["--max-cpu-us", "heavy", "over"],
        ["--max-memory-mb", "heavy", "kept"],
      ],
    );
  });

  it("draws an SVG that is well-formed, with a box for each variant in each panel", async () => {
    const text = await readFile(join(folder, "cost.svg"), "utf8");
    wellFormed(text);
    for (const name of ["baseline", "light", "heavy"])
      assert.equal(text.split(`>${name}</text>`).length - 1, 4, name);
  });

  it("writes a report with the verdicts", async () => {
    const text = await readFile(join(folder, "cost.md"), "utf8");
    assert.match(text, /^# What light, heavy costs$/m);
    assert.match(text, /^- \*\*heavy\*\* adds /m);
    assert.match(text, /^\| heavy \|/m);
  });

  it("measures plugins of the package one by one and in a chain, and shows that to people", async () => {
    const short = ["--rounds", "2", "--starts", "1", "--duration", "60ms", "--rate", "200"];
    const { code, stdout, stderr } = await runBench([await plugin("hello"), light, "--chain", ...short]);
    assert.equal(code, 0, stderr);
    for (const row of ["baseline", "hello", "light", "all in a chain"])
      assert.match(stdout, new RegExp(`^${row} +\\d`, "m"));
    assert.match(stdout, /^CPU us\/request\n.*[├▒┃]/m);
    assert.match(stdout, /^all in a chain (adds|takes|no measurable)/m);
  });

  it("takes a body to a second Envoy, and counts the answers that one gives", async () => {
    const args = [light, "--json", "--rounds", "2", "--starts", "1", "--duration", "60ms", "--rate", "100"];
    const upstream = ["--upstream-status", "404", "--upstream-body-size", "20000", "--status", "4xx"];
    const ended = await runBench([...args, ...upstream, "-d", "a=b", "-H", "content-type: x/y"]);
    assert.equal(ended.code, 0, ended.stderr);
    const { settings, variants } = resultOf(ended);
    assert.equal(settings!.request, "POST /, a body of 3 bytes");
    assert.match(settings!.upstream, /second Envoy: 404, 20000 bytes/);
    assert.ok(
      variants.every(({ requests, failures }) => requests > 10 && Object.keys(failures).length === 0),
    );
  });

  it("does not measure a plugin that answers with an error", async () => {
    const refusing = await runBench([
      await plugin("basic-auth"),
      "--config",
      JSON.stringify(rules),
      ...["--path", "/admin/", ...quick],
    ]);
    assert.equal(refusing.code, 2);
    assert.match(refusing.stderr, /basic-auth answers this request with 401.*--status 401/);
    assert.doesNotMatch(refusing.stderr, /\n {4}at /);
  });

  it("says where a plugin's configuration comes from when it refuses that", async () => {
    const { code, stderr } = await runBench([await plugin("basic-auth"), ...quick]);
    assert.equal(code, 2);
    assert.match(stderr, /basic_auth_rules: is required/);
    assert.match(stderr, /--config says, else the pluginConfig of its wasmplugin\.yaml/);
  });

  it("ends with an error where a plugin traps", async () => {
    const trap = await writeBurner(folder, "trap", 1, trapping);
    const { code, stderr } = await runBench([trap, ...quick]);
    assert.equal(code, 2);
    assert.match(stderr, /trap answers this request with 503/);
  });
});

describe("apw bench without Envoy", () => {
  it("times the modules alone in Node's V8, and says that this is no proxy", async () => {
    const ended = await runBench([
      light,
      "--compare",
      heavy,
      "--host",
      "v8",
      "--json",
      "--svg",
      join(folder, "v8.svg"),
    ]);
    assert.equal(ended.code, 0, ended.stderr);
    const result = resultOf(ended);
    assert.equal(result.envoy, null);
    assert.equal(result.settings, null);
    assert.match(result.notes[0]!, /Node's V8/);
    const [one, four] = result.variants.map(({ guest }) => guest!.request.lowerQuartile);
    assert.ok(four! / one! > 3 && four! / one! < 5, `${one} and ${four}`);
    assert.deepEqual(Object.keys(result.variants[0]!.guest!.callbacks), [
      "proxy_on_context_create",
      "proxy_on_request_headers",
    ]);
    wellFormed(await readFile(join(folder, "v8.svg"), "utf8"));
  });

  it("runs real plugins there: each with a configuration of its own, every callback timed", async () => {
    const told: Record<string, object> = {
      "basic-auth": rules,
      "custom-headers": { header_name: "x-a", header_value: "{request.path}" },
      "rate-limit": { requests_per_second: 10 },
      transform: { add_request_headers: [["x-gateway", "edge"]] },
    };
    const plugins = Object.keys(told);
    const files = await Promise.all(plugins.map(plugin));
    const configs = plugins.flatMap((name) => ["--config", `${name}=${JSON.stringify(told[name])}`]);
    const ended = await runBench([...files, ...configs, "--host", "v8", "--json"]);
    assert.equal(ended.code, 0, ended.stderr);
    const { variants } = resultOf(ended);
    assert.deepEqual(
      variants.map(({ name }) => name),
      plugins,
    );
    for (const { guest } of variants) {
      assert.ok(guest!.request.lowerQuartile > 20 && guest!.request.lowerQuartile < 1e6);
      assert.ok(guest!.linearMemory < 2 * 2 ** 20);
    }
  });

  it("goes on without one where none can be had, unless one was asked for", async () => {
    const none = { ENVOY: "", PATH: "/nowhere", AS_PROXY_WASM_CACHE: join(folder, "empty") };
    const { code, stdout } = await runBench([light], none);
    assert.equal(code, 0);
    assert.match(stdout, /note: .*Envoy.*figures of Node's V8/s);
    const asked = await runBench([light, "--host", "envoy"], none);
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /Envoy/);
  });
});

describe("apw bench, used wrongly,", () => {
  const mistakes: [what: string, args: () => string[], says: RegExp][] = [
    [
      "with a cluster that is not on this machine",
      () => [light, "--cluster", "auth=http://auth.example.com"],
      /services of a measurement are on this machine/,
    ],
    ["with a file that is not there", () => [join(folder, "absent.wasm")], /there is no .*absent\.wasm/],
    [
      "with a file that is no module",
      () => [join(folder, "text.wasm")],
      /text\.wasm is no WebAssembly module/,
    ],
    ["with a module that hosts do not load", () => [join(folder, "empty.wasm")], /Envoy would not load/],
    ["with a configuration that is no JSON", () => [light, "--config", "{x"], /not JSON/],
    [
      "with a configuration the schema refuses",
      () => ["rate-limit", "--config", '{"requests_per_second":"x"}'],
      /requests_per_second/,
    ],
    ["with rounds that are no number", () => [light, "--rounds", "many"], /whole number from 1 to 1000/],
    ["with a duration that is too short", () => [light, "--duration", "1ms"], /a time from 50ms/],
    ["with a negative limit", () => [light, "--max-cpu-us", "-1"], /a number from 0/],
    ["with a status that is none", () => [light, "--status", "2000"], /statuses such as 200/],
    ["with a path that is none", () => [light, "--path", "items"], /must begin with \//],
    ["with a header that is none", () => [light, "-H", "nonsense"], /name: value/],
    ["with a body from nowhere", () => [light, "-d", "@/nowhere"], /-d: there is no file \/nowhere/],
    ["with a chain of one", () => [light, "--chain"], /two plugins at least/],
    ["with a cluster that is none", () => [light, "--cluster", "auth"], /not of the form name=url/],
    ["with a report into nowhere", () => [light, "--svg", "/nowhere/x.svg"], /no folder/],
    ["with an Envoy that is none", () => [light, "--envoy", "/nowhere/envoy"], /\/nowhere\/envoy/],
    ["with an option of --url", () => [light, "--requests", "10"], /--requests goes with --url/],
  ];
  before(async () => {
    await writeFile(join(folder, "text.wasm"), "no module at all");
    await writeFile(join(folder, "empty.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  });
  it("says so in each case, and ends with 2", () =>
    refuseAll(
      mistakes.map(([, args, says]) => [["bench", ...args()], says] as const),
      { lines: 4 },
    ));
});
