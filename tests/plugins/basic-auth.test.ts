import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../cli/root.js";
import { plugin } from "../envoy/harness.js";
import { ConfigurationHost } from "./configure.js";
import { randomFrom } from "./generate.js";
import { compile, type Schema } from "./schemas.js";

// What is a credential and what a pattern is said twice: in regular expressions of the schema, for base64 on the
// characters themselves, and in the plugin's code. Texts at random, near the boundary, must be judged alike.

const schema = JSON.parse(
  await readFile(join(root, "plugins", "basic-auth", "config.schema.json"), "utf8"),
) as Schema;
const isValid = compile(schema);
const host = await ConfigurationHost.load(await plugin("basic-auth"));
const random = randomFrom(6);
const below = (limit: number) => Math.floor(random() * limit);
const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;

/** Judges a rule with this in it by schema and plugin, and gives back the verdict. */
function judge(change: Record<string, unknown>): boolean {
  const rule = { prefix: "/", request_methods: ["*"], credentials: ["a:b"], ...change };
  const configuration = { basic_auth_rules: [rule] };
  const { accepted } = host.configure(JSON.stringify(configuration));
  assert.equal(accepted, isValid(configuration), JSON.stringify(change));
  return accepted;
}

/** Judges as many texts as that, and checks that both verdicts were frequent. */
function judgeMany(count: number, make: () => Record<string, unknown>): void {
  let taken = 0;
  for (let round = 0; round < count; round++) if (judge(make())) taken += 1;
  assert.ok(taken > count / 50 && taken < (count * 49) / 50, `${taken} of ${count} taken`);
}

const bytes = () =>
  Buffer.from(
    Array.from({ length: below(7) }, () =>
      pick([0x3a, 0x3a, 0x61, 0x7a, 0x20, 0x7f, 0x0a, 0x1f, 0xff, 0x00, 0x80]),
    ),
  );

test("credentials in base64 are judged alike", () => {
  judgeMany(2000, () => ({ credentials: [bytes().toString("base64")] }));
  judgeMany(2000, () => {
    const sound = Buffer.from(
      Array.from({ length: 1 + below(8) }, () => pick([0x3a, 0x61, 0x62, 0x20, 0xff])),
    );
    const text = sound.toString("base64");
    if (random() < 0.7) return { credentials: [text] };
    const at = below(text.length);
    return {
      credentials: [text.slice(0, at) + pick(["=", "A", "B", "/", "-", "\n", ""]) + text.slice(at + 1)],
    };
  });
});

test("every character of base64 is judged alike in every place", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  for (const base of ["YTpi", "YWE6", "YTpiYQ==", "YTpiYWE=", "YWFhYTpi"]) {
    for (let at = 0; at < base.length; at++)
      for (const character of alphabet)
        judge({ credentials: [base.slice(0, at) + character + base.slice(at + 1)] });
  }
});

test("credentials in plain text and as hashes are judged alike", () => {
  const parts = [
    "a",
    ":",
    ":",
    "sha256:",
    "SHA256:",
    "0".repeat(64),
    "f".repeat(63),
    "F",
    "\n",
    "\u007f",
    "é",
    " ",
  ];
  judgeMany(2000, () => ({
    credentials: [Array.from({ length: 1 + below(4) }, () => pick(parts)).join("")],
  }));
});

test("patterns of paths are judged alike", () => {
  const parts = [
    "/",
    "/",
    "/a",
    ".",
    "..",
    "/..",
    "/.b",
    "b",
    "é",
    " ",
    "?",
    "#",
    "%",
    ";",
    "\\",
    "\n",
    "\u2028",
  ];
  judgeMany(3000, () => {
    const text = Array.from({ length: 1 + below(4) }, () => pick(parts)).join("");
    return { prefix: undefined, [pick(["prefix", "exact", "suffix"])]: text };
  });
});

test("hosts are judged alike", () => {
  const parts = ["a", "*", "*.", ".*", ".", ":", ":80", "[", "]", "::1", " ", "/", "b.c"];
  judgeMany(2000, () => ({ hosts: [Array.from({ length: 1 + below(3) }, () => pick(parts)).join("")] }));
});
