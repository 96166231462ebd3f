import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { compilePlugin } from "../../../cli/compile.js";
import { testModules } from "../../../cli/plugins.js";
import { root } from "../../../cli/root.js";
import { ProxyWasmHost } from "../../../host/index.js";
import { plugin } from "../../envoy/harness.js";
import { fixedAgainstRandom, type Guesser } from "./fixed-against-random.js";
import type { Comparison } from "./welch.js";

/** Requests in each of the repetitions. */
const samples = Number(process.env["AS_PROXY_WASM_TIMING"] ?? 15_000);
const repetitions = 3;
/** What a t beyond this says is no accident, by the custom of such tests. */
const limit = 4.5;

const letters = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
const secret = `user:${"q3VJc0tXbWpQaE5y".repeat(4)}`;

/** Guesses of a user and a password, of which the fixed one has all but the last letter. */
const pairs = (value: Guesser["value"]): Guesser => ({
  fixed: Buffer.from(`${secret.slice(0, -1)}!`),
  draw(into, random) {
    for (let at = 0; at < into.length; at++) into[at] = letters[random(letters.length)]!;
    into[secret.indexOf(":")] = ":".charCodeAt(0);
  },
  value,
});

/** Guesses of a token's signature, of which the fixed one is right but for its last bit. */
function signatures(key: Buffer, algorithm: "HS256" | "HS384" | "HS512"): Guesser {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: algorithm, typ: "JWT" })}.${part({ sub: "ann", exp: 4102444800 })}`;
  const fixed = createHmac(algorithm.replace("HS", "sha"), key).update(text).digest();
  fixed[fixed.length - 1]! ^= 1;
  return {
    fixed,
    draw(into, random) {
      for (let at = 0; at < into.length; at++) into[at] = random(256);
    },
    value: (guess) => `Bearer ${text}.${Buffer.from(guess).toString("base64url")}`,
  };
}

async function repeated(file: string, configuration: object, guesser: Guesser): Promise<Comparison[]> {
  const pluginConfig = JSON.stringify({ ...configuration, log_level: "error" });
  const host = await ProxyWasmHost.load(await readFile(file), { pluginConfig });
  assert.equal(host.configured, true);
  fixedAgainstRandom(host, guesser, 5_000, 1);
  const found = Array.from({ length: repetitions }, (_, index) =>
    fixedAgainstRandom(host, guesser, samples, 2 + index),
  );
  host.destroy();
  return found;
}

const told = (found: Comparison[]) =>
  found
    .map(
      ({ t, difference, samples: kept }) => `t ${t.toFixed(2)} (${difference.toFixed(1)} ns, ${kept} kept)`,
    )
    .join("; ");

/** A busy machine brings a false alarm now and then; a leak shows each time. */
function assertHidden(found: Comparison[]): void {
  assert.ok(found.filter(({ t }) => Math.abs(t) < limit).length >= 2, told(found));
}

const basic = pairs((guess) => `Basic ${Buffer.from(guess).toString("base64")}`);

test(`in ${samples} requests, basic-auth takes no longer for a password that is nearly right than for any`, async (t) => {
  const configuration = {
    basic_auth_rules: [{ prefix: "/", request_methods: ["*"], credentials: [secret, "another:password"] }],
  };
  const found = await repeated(await plugin("basic-auth"), configuration, basic);
  t.diagnostic(told(found));
  assertHidden(found);
});

for (const [algorithm, bytes] of [
  ["HS256", 32],
  ["HS512", 64],
] as const)
  test(`in ${samples} requests, jwt-validator takes no longer for a signature of ${algorithm} that is nearly right than for any`, async (t) => {
    const key = Buffer.from(Array.from({ length: bytes }, (_, index) => (index * 89 + 7) & 255));
    const keys = [{ kty: "oct", k: key.toString("base64url"), alg: algorithm }];
    const configuration = { jwks: JSON.stringify({ keys }), algorithms: [algorithm] };
    const found = await repeated(await plugin("jwt-validator"), configuration, signatures(key, algorithm));
    t.diagnostic(told(found));
    assertHidden(found);
  });

test("a comparison that stops at the first wrong byte is found by the same test", async (t) => {
  const folder = join(root, "tests", "reliability", "fixtures", "leaky-auth");
  const { file } = await compilePlugin(folder, testModules);
  const leaky = pairs((guess) => Buffer.from(guess).toString("latin1"));
  const found = await repeated(file, { credentials: secret }, leaky);
  t.diagnostic(told(found));
  assert.ok(found.filter(({ t: value }) => Math.abs(value) >= limit).length >= 2, told(found));
});
