import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { compilePlugin } from "../../../cli/compile.js";
import { testModules } from "../../../cli/plugins.js";
import { root } from "../../../cli/root.js";
import { ProxyWasmHost } from "../../../host/index.js";
import { plugin } from "../../envoy/harness.js";
import { randomly } from "../soak/plan.js";
import { type Comparison, welch } from "./welch.js";

/** Requests in each of the repetitions. */
const samples = Number(process.env["AS_PROXY_WASM_TIMING"] ?? 60_000);
const repetitions = 3;
/** What a t beyond this says is no accident, by the custom of such tests. */
const limit = 4.5;

const secret = `user:${"Zm9vYmFyYmF6cXV4".repeat(4)}`;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Values of `authorization`, all wrong and of one length: class 0 has all of the secret but its last letter, 1 nothing of it. */
function guesses(encode: (pair: string) => string): string[][] {
  const random = randomly(20_261_121);
  const letter = () => letters[random(letters.length)]!;
  const near = () => secret.slice(0, -1) + (random(2) ? "!" : "?");
  const far = () => `user:${Array.from(secret.slice(5), letter).join("")}`;
  return [near, far].map((make) => Array.from({ length: 512 }, () => encode(make())));
}

/** Times of requests whose class is drawn each time, in nanoseconds. */
function measure(host: ProxyWasmHost, values: string[][], count: number, seed: number): Comparison {
  const random = randomly(seed);
  const times = new Float64Array(count);
  const classes = new Uint8Array(count);
  const fields = values.map((list) =>
    list.map((value): [string, string][] => [
      [":method", "GET"],
      [":path", "/"],
      [":authority", "a"],
      ["authorization", value],
    ]),
  );
  for (let index = 0; index < count; index++) {
    classes[index] = random(2);
    const headers = fields[classes[index]!]![random(512)]!;
    const stream = host.stream();
    const begun = performance.now();
    stream.requestHeaders(headers, true);
    times[index] = (performance.now() - begun) * 1_000_000;
    stream.close();
  }
  return welch(times, classes);
}

async function repeated(
  file: string,
  pluginConfig: string,
  encode: (pair: string) => string,
): Promise<Comparison[]> {
  const host = await ProxyWasmHost.load(await readFile(file), { pluginConfig });
  assert.equal(host.configured, true);
  const values = guesses(encode);
  measure(host, values, 10_000, 1);
  const found = Array.from({ length: repetitions }, (_, index) => measure(host, values, samples, 2 + index));
  host.destroy();
  return found;
}

const told = (found: Comparison[]) =>
  found
    .map(
      ({ t, difference, samples: kept }) => `t ${t.toFixed(2)} (${difference.toFixed(1)} ns, ${kept} kept)`,
    )
    .join("; ");

test(`in ${samples} requests, nothing of a password that is nearly right shows in the time that basic-auth takes`, async (t) => {
  const rules = [{ prefix: "/", request_methods: ["*"], credentials: [secret] }];
  const encode = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
  const settings = JSON.stringify({ basic_auth_rules: rules, log_level: "error" });
  const found = await repeated(await plugin("basic-auth"), settings, encode);
  t.diagnostic(told(found));
  // A busy machine brings a false alarm now and then; a leak shows each time.
  assert.ok(found.filter(({ t: value }) => Math.abs(value) < limit).length >= 2, told(found));
});

test("a comparison that stops at the first wrong byte is found by the same test", async (t) => {
  const folder = join(root, "tests", "reliability", "fixtures", "leaky-auth");
  const { file } = await compilePlugin(folder, testModules);
  const found = await repeated(
    file,
    JSON.stringify({ credentials: secret, log_level: "error" }),
    (pair) => pair,
  );
  t.diagnostic(told(found));
  assert.ok(found.filter(({ t: value }) => Math.abs(value) >= limit).length >= 2, told(found));
});
