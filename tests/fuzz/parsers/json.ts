import { isDeepStrictEqual } from "node:util";
import { doubleOf, integerOf, plain, readJson, type Value } from "../reference/json.js";
import { Disagreement, type Parser, same } from "../parser.js";
import type { Result } from "../target.js";

const words = [
  ...'{ } [ ] , : " \\ true false null -1 0 1.5 1e9 -0.0 12345678901234567890 9223372036854775807 1E-7'.split(
    " ",
  ),
  ...'{"a":1} [1,2] "a": "b" \\u0041 \\ud83d\\ude00 \\ud800 \\n \\" {"a":{"a":[]}} 1e308 0.1 e+ [[[[ ]]]] \xef\xbb\xbf'.split(
    " ",
  ),
  ..."\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\xa0\x80 \xc0\x80".split(" "),
  " ",
  "\t\r\n",
];

const documents = [
  '{"a":[1,2.5,-3e2,{"b":null}],"c":"x\\u00e9\\n","d":true}',
  '[0,-0,1e400,12345678901234567890123,0.000001,"",{}]',
  '{"key":"\\ud83d\\ude00","k\\u0065y2":false}',
];

const types = ["absent", "null", "boolean", "number", "string", "list", "object"];

/** Whether a value that a parser wrote down is the same as the reference's. */
export function judgeValue(result: Result, value: Value): void {
  same(types[result.byte()], value.type, "the type");
  if (value.type === "boolean") same(result.byte(), Number(value.value), "a boolean");
  else if (value.type === "number") judgeNumber(result, value.text);
  else if (value.type === "string") judgeString(result, value.value);
  else if (value.type === "list") {
    same(result.size(), value.items.length, "the length of a list");
    for (const item of value.items) judgeValue(result, item);
  } else if (value.type === "object") {
    same(result.size(), value.members.length, "the members of an object");
    for (const [key, member] of value.members) {
      judgeString(result, key);
      judgeValue(result, member);
    }
  }
}

function judgeNumber(result: Result, text: string): void {
  const integer = integerOf(text);
  same(result.byte(), integer === null ? 0 : 1, `whether ${text} is an integer`);
  same(result.integer(), integer ?? 0n, `the integer ${text}`);
  const double = result.double();
  const wanted = doubleOf(text);
  if (!Object.is(double, wanted))
    throw new Disagreement(`the double ${text}: found ${double}, wanted ${wanted}`);
}

function judgeString(result: Result, wanted: string): void {
  same(result.text(), wanted, "what a string says in UTF-8");
  same(result.text(), wanted, "what a string says");
}

const json: Parser = {
  name: "json",
  seeds: documents,
  words,
  largest: 512,
  judge(input, verdict, result) {
    const value = readJson(input);
    same(verdict === 0, value !== null, "whether it is taken");
    if (value !== null) return judgeValue(result, value);
    const place = result.size();
    if (place > input.length) throw new Disagreement(`the error lies at ${place} of ${input.length} bytes`);
    if (result.text() === "") throw new Disagreement("an error without words");
  },
};

const STEP = String.raw`(?:[^\x00-\x1f"\\.[\]]|\\[.[\]])+`;
const INDEX = String.raw`\[(?:0|[1-9][0-9]{0,5})\]`;
const PATH = new RegExp(`^(?:${STEP}|${INDEX})(?:\\.${STEP}|${INDEX})*$`);

/** The steps of a path; null for what is none. */
function stepsOf(text: string): (string | number)[] | null {
  if (!PATH.test(text)) return null;
  const steps = [...text.matchAll(new RegExp(`${INDEX}|${STEP}`, "g"))].map(([step]) =>
    step.startsWith("[") ? Number(step.slice(1, -1)) : step.replace(/\\([.[\]])/g, "$1"),
  );
  return steps.length > 32 ? null : steps;
}

const jsonPath: Parser = {
  name: "jsonPath",
  seeds: ["user.name", "items[0].id", "[2]", "headers.x\\.y", "a[12][3].b\\[c\\]", "a.".repeat(32) + "a"],
  words: [
    ...'a . [ ] [0] [1] .a \\. \\[ \\] \\ [999999] [1000000] [01] " \xc3\xa9'.split(" "),
    "a.a.a.a.a.a.a.a.",
  ],
  largest: 128,
  judge(input, verdict, result) {
    const steps = stepsOf(input.toString("utf8"));
    same(verdict === 1, steps !== null, "whether it is a path");
    for (const step of steps ?? []) {
      same(result.byte(), typeof step === "string" ? 1 : 0, "the kind of a step");
      same(result.size(), typeof step === "string" ? 0 : step, "an index");
      same(result.text(), typeof step === "string" ? step : "", "a key");
    }
  },
};

interface Place {
  value: Value;
  put(value: Value | null): void;
}

/** What a step leads to. */
function follow(value: Value, step: string | number): Place | null {
  if (typeof step === "number") {
    if (value.type !== "list" || step >= value.items.length) return null;
    const { items } = value;
    return {
      value: items[step]!,
      put: (other) => void (other ? (items[step] = other) : items.splice(step, 1)),
    };
  }
  if (value.type !== "object") return null;
  const index = value.members.findIndex(([key]) => key === step);
  const { members } = value;
  if (index < 0) return null;
  return {
    value: members[index]![1],
    put: (other) => void (other ? (members[index]![1] = other) : members.splice(index, 1)),
  };
}

/** Makes a value with what is missing below it. */
function around(steps: (string | number)[], value: Value): Value | null {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const inner = around(rest, value);
  if (inner === null || (typeof step === "number" && step !== 0)) return null;
  return typeof step === "string"
    ? { type: "object", members: [[step, inner]] }
    : { type: "list", items: [inner] };
}

/** Edits a value as `JsonEdits` does its text; gives back the new one. */
function edit(root: Value, kind: string, steps: (string | number)[], argument: string | Value): Value {
  let holder: Place = { value: root, put: (other) => void (root = other ?? root) };
  for (const [index, step] of steps.entries()) {
    const parent = holder.value;
    const found = follow(parent, step);
    if (found === null) {
      if (kind !== "set") return root;
      const inner = around(steps.slice(index + 1), argument as Value);
      if (inner === null) return root;
      if (typeof step === "string" && parent.type === "object") parent.members.push([step, inner]);
      if (typeof step === "number" && parent.type === "list" && parent.items.length === step)
        parent.items.push(inner);
      return root;
    }
    if (index === steps.length - 1) {
      if (kind === "rename" && parent.type === "object") {
        const name = argument as string;
        if (name !== step) parent.members = parent.members.filter(([key]) => key !== name);
        parent.members.find(([key]) => key === step)![0] = name;
      } else found.put(kind === "set" ? (argument as Value) : null);
    }
    holder = found;
  }
  return root;
}

const jsonEdit: Parser = {
  name: "jsonEdit",
  seeds: documents.flatMap((document) => [
    `remove\0a[1]\0\0${document}`,
    `rename\0key\0c\0${document}`,
    `set\0a[3].b.c[0]\0{"x":[1]}\0${document}`,
    `set\0[7]\0"z"\0${document}`,
  ]),
  words: [
    ...words,
    "\0",
    "remove\0",
    "rename\0",
    "set\0",
    "a[0]\0",
    "[0]",
    ".a",
    "a.b\0",
    "c\0",
    "{}",
    "\0\0",
  ],
  largest: 256,
  judge(input, verdict, result) {
    const parts = input.toString("latin1").split("\0");
    const [kindText = "", pathText = "", argumentText = ""] = parts.map((part) =>
      Buffer.from(part, "latin1").toString(),
    );
    const kind = kindText === "remove" || kindText === "rename" ? kindText : "set";
    const steps = stepsOf(pathText);
    const key = stepsOf(argumentText);
    const value = readJson(Buffer.from(parts[2] ?? "", "latin1"));
    const name = key?.length === 1 && typeof key[0] === "string" ? key[0] : null;
    const argument = kind === "set" ? value : name;
    const fits = kind === "remove" || argument !== null;
    const lastIsKey = kind !== "rename" || typeof steps?.at(-1) === "string";
    same(verdict === 1, steps !== null && fits && lastIsKey, "whether it is an edit");
    if (verdict === 0) return;
    const text = Buffer.from(parts.slice(3).join("\0"), "latin1");
    const edited = result.bytes();
    const before = readJson(text);
    const mistake = result.text();
    same(mistake === "", before !== null, "whether the text is JSON");
    if (before === null) return same(Buffer.compare(edited, text), 0, "that the text stays as it is");
    const after = readJson(edited);
    const wanted = edit(before, kind, steps!, argument ?? { type: "null" });
    if (depthOf(wanted) > 64) return;
    if (after === null || !isDeepStrictEqual(plain(after), plain(wanted)))
      throw new Disagreement(`edited to ${edited.toString()}, wanted ${JSON.stringify(wanted)}`);
  },
};

function depthOf(value: Value): number {
  if (value.type === "list") return 1 + Math.max(0, ...value.items.map(depthOf));
  if (value.type === "object") return 1 + Math.max(0, ...value.members.map(([, member]) => depthOf(member)));
  return 0;
}

export const jsonParsers = [json, jsonPath, jsonEdit];
