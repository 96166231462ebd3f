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

const secrets = ["Zm9vYmFyYmF6cXV4", "q3VJc0tXbWpQaE5y"].map((part) => `user:${part.repeat(4)}`);

/** Guesses, all wrong and of one length: each has all of one secret but its last letter. */
const guesses = secrets.map((secret) => ["!", "?"].map((last) => secret.slice(0, -1) + last));

/**
 * Times of requests in nanoseconds. Class 0 has a guess that is nearly the secret of the host that is asked, class 1 one
 * that is nearly the other host's. Both classes have the same guesses and the same hosts, drawn at random: they differ
 * in what guess and secret have to do with each other, and not in what either of them costs by itself.
 */
function measure(
  hosts: ProxyWasmHost[],
  encode: (pair: string) => string,
  count: number,
  seed: number,
): Comparison {
  const random = randomly(seed);
  const times = new Float64Array(count);
  const classes = new Uint8Array(count);
  const fields = guesses.map((list) =>
    list.map((guess): [string, string][] => [
      [":method", "GET"],
      [":path", "/"],
      [":authority", "a"],
      ["authorization", encode(guess)],
    ]),
  );
  for (let index = 0; index < count; index++) {
    const [host, guess] = [random(2), random(2)];
    classes[index] = host === guess ? 0 : 1;
    const headers = fields[guess]![random(2)]!;
    const stream = hosts[host]!.stream();
    const begun = performance.now();
    stream.requestHeaders(headers, true);
    times[index] = (performance.now() - begun) * 1_000_000;
    stream.close();
  }
  return welch(times, classes);
}

async function repeated(
  file: string,
  configuration: (secret: string) => object,
  encode: (pair: string) => string,
): Promise<Comparison[]> {
  const bytes = await readFile(file);
  const hosts = await Promise.all(
    secrets.map((secret) => {
      const pluginConfig = JSON.stringify({ ...configuration(secret), log_level: "error" });
      return ProxyWasmHost.load(bytes, { pluginConfig });
    }),
  );
  for (const { configured } of hosts) assert.equal(configured, true);
  measure(hosts, encode, 10_000, 1);
  const found = Array.from({ length: repetitions }, (_, index) => measure(hosts, encode, samples, 2 + index));
  for (const host of hosts) host.destroy();
  return found;
}

const told = (found: Comparison[]) =>
  found
    .map(
      ({ t, difference, samples: kept }) => `t ${t.toFixed(2)} (${difference.toFixed(1)} ns, ${kept} kept)`,
    )
    .join("; ");

test(`in ${samples} requests, nothing of a password that is nearly right shows in the time that basic-auth takes`, async (t) => {
  const configuration = (secret: string) => ({
    basic_auth_rules: [{ prefix: "/", request_methods: ["*"], credentials: [secret] }],
  });
  const encode = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
  const found = await repeated(await plugin("basic-auth"), configuration, encode);
  t.diagnostic(told(found));
  // A busy machine brings a false alarm now and then; a leak shows each time.
  assert.ok(found.filter(({ t: value }) => Math.abs(value) < limit).length >= 2, told(found));
});

test("a comparison that stops at the first wrong byte is found by the same test", async (t) => {
  const folder = join(root, "tests", "reliability", "fixtures", "leaky-auth");
  const { file } = await compilePlugin(folder, testModules);
  const found = await repeated(
    file,
    (credentials) => ({ credentials }),
    (pair) => pair,
  );
  t.diagnostic(told(found));
  assert.ok(found.filter(({ t: value }) => Math.abs(value) >= limit).length >= 2, told(found));
});
