import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../cli/root.js";
import { randomFrom } from "./generate.js";
import { RegexModule } from "./regex-module.js";
import { compile, type Schema } from "./schemas.js";

const regex = await RegexModule.load();

/** Parts of patterns; put together at random they make patterns and what only looks like one. */
const parts = [
  ..."a b c / . \\. \\d \\W ^ $ ( (?: ) | * + ? {2} {0,3} {1,} {3,2} {9} {64} {65} {02} {,2} { }".split(" "),
  ..."[a-c] [^a] [-a] [a-] [--] [^^] [^] [] [z-a] [0-9a-f_] [\\d-x] [\\]x] [[] [a-c-] [a-c-e] ] \\ \\b \\/".split(
    " ",
  ),
];

test("a pattern is taken where the schema of transform says so, and nowhere else", async (context) => {
  const file = join(root, "plugins", "transform", "config.schema.json");
  const schema = JSON.parse(await readFile(file, "utf8")) as Schema;
  const isValid = compile({ ...(schema.$defs!["regex"] as Schema) });
  const random = randomFrom(5);
  let taken = 0;
  for (let round = 0; round < 60_000; round++) {
    const length = 1 + Math.floor(random() * 9);
    const pattern = Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join("");
    const mistake = regex.compile(pattern);
    assert.equal(mistake === "", isValid(pattern), `${pattern}: ${mistake}`);
    if (mistake === "") taken += 1;
  }
  context.diagnostic(`${taken} of 60000 taken`);
  assert.ok(taken > 3000);
});

/** A pattern, without what JavaScript and RE2 see differently: loops over nothing. */
function somePattern(random: () => number, depth: number): string {
  const pick = (values: string[]) => values[Math.floor(random() * values.length)]!;
  const part = (): string => {
    const kind = random();
    if (kind < 0.5 || depth === 0) return pick(["a", "b", "c", ".", "[ab]", "[^a]", "\\w"]);
    if (kind < 0.6) return pick(["^", "$"]);
    const inner = somePattern(random, depth - 1);
    return kind < 0.8 ? `(?:${inner})` : `(${inner})`;
  };
  const repeated = () => {
    const some = part();
    const can = /^(?:.|\[.*\]|\\w)$/.test(some) && !"^$".includes(some);
    return (
      some + (can && random() < 0.5 ? pick(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?"]) : "")
    );
  };
  const sequence = () => Array.from({ length: 1 + Math.floor(random() * 3) }, repeated).join("");
  return random() < 0.3 ? `${sequence()}|${sequence()}` : sequence();
}

test("a pattern finds what JavaScript's expressions find, groups included", () => {
  const random = randomFrom(6);
  for (let round = 0; round < 20_000; round++) {
    const pattern = somePattern(random, 2);
    assert.equal(regex.compile(pattern, "<\\0>"), "", pattern);
    const groups = pattern.replaceAll("(?:", "").split("(").length - 1;
    const names = Array.from({ length: groups }, (_, index) => index + 1);
    const replacement = `<\\0${names.map((name) => `,\\${name}`).join("")}>`;
    assert.equal(regex.compile(pattern, replacement), "", pattern);
    const expression = new RegExp(pattern, "g");
    for (let times = 0; times < 3; times++) {
      const text = Array.from(
        { length: Math.floor(random() * 8) },
        () => "abc"[Math.floor(random() * 3)],
      ).join("");
      // RE2 takes no empty match right behind another one.
      let end = -1;
      const wanted = text.replace(expression, (...found) => {
        const match = found[0];
        const offset = found[groups + 1] as number;
        if (match === "" && offset === end) return "";
        end = offset + match.length;
        return `<${[match, ...names.map((name) => (found[name] as string | undefined) ?? "")].join(",")}>`;
      });
      assert.equal(regex.replaceAll(text) ?? text, wanted, `${pattern} in ${text}`);
    }
  }
});

test("the time for all matches of a text is in proportion to the text", () => {
  assert.equal(regex.compile("a(.*b)?", "x"), "");
  const time = (length: number) => {
    const begin = performance.now();
    assert.equal(regex.replaceAll("a".repeat(length)), "x".repeat(length));
    return performance.now() - begin;
  };
  time(20_000);
  let [short, long] = [Infinity, Infinity];
  for (let round = 0; round < 5; round++) {
    short = Math.min(short, time(20_000));
    long = Math.min(long, time(160_000));
  }
  // Eight times as long; sixty-four times as much work if it went by the square.
  assert.ok(long < 32 * short, `${short} ms for 20,000, ${long} ms for 160,000 characters`);
});
