import { createPublicKey } from "node:crypto";
import { plain, readJson, type Value } from "../reference/json.js";
import { Disagreement, type Parser, same } from "../parser.js";
import type { Result } from "../target.js";
import { judgeValue } from "./json.js";

type Members = Map<string, Value>;

const base64url = (text: string) => Buffer.from(text).toString("base64url");

/** Bytes of strict base64url; null for anything else. */
function bytesOf(text: string): Buffer | null {
  const bytes =
    Buffer.from(text, "latin1").toString("latin1") === text ? Buffer.from(text, "base64url") : null;
  return bytes !== null && bytes.toString("base64url") === text ? bytes : null;
}

function objectOf(part: string): (Value & { type: "object" }) | null {
  const bytes = bytesOf(part);
  const value = bytes === null ? null : readJson(bytes);
  return value?.type === "object" ? value : null;
}

const membersOf = (value: Value & { type: "object" }): Members => new Map(value.members);
const textIn = (members: Members, name: string) => {
  const value = members.get(name);
  return value?.type === "string" ? value.value : undefined;
};
const isOther = (members: Members, name: string) => members.has(name) && textIn(members, name) === undefined;

const ALGORITHMS = "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA Ed25519".split(
  " ",
);
const [NONE, TOO_LARGE, MALFORMED, CRITICAL, ALGORITHM] = [0, 1, 2, 3, 4];
const LARGEST_TOKEN = 4096;

/** Why a text is no token that can be checked. */
function problemOf(text: string): number {
  if (text.length > LARGEST_TOKEN) return TOO_LARGE;
  const [first = "", second = "", ...rest] = text.split(".");
  const header = objectOf(first);
  if (header === null || rest.length === 0) return MALFORMED;
  const members = membersOf(header);
  const algorithm = textIn(members, "alg");
  if (algorithm === undefined || isOther(members, "kid") || isOther(members, "typ")) return MALFORMED;
  const b64 = members.get("b64");
  if (members.has("crit") || (b64 !== undefined && plain(b64) !== true)) return CRITICAL;
  if (!ALGORITHMS.includes(algorithm)) return ALGORITHM;
  const sound = rest.length === 1 && objectOf(second) !== null && bytesOf(rest[0]!) !== null;
  return sound ? NONE : MALFORMED;
}

const headers = [
  '{"alg":"HS256"}',
  '{"alg":"RS256","kid":"a","typ":"JWT"}',
  '{"alg":"none"}',
  '{"alg":"Ed25519","b64":true}',
  '{"alg":"ES384","crit":["x"]}',
];

const jwt: Parser = {
  name: "jwt",
  seeds: [
    ...headers.map((header) => `${base64url(header)}.${base64url('{"sub":"a","exp":1}')}.c2ln`),
    "a.b.c",
    "..",
  ],
  words: [
    ...headers.map(base64url),
    ".",
    "..",
    base64url("{}"),
    base64url('{"a":1,"a":2}'),
    base64url("[]"),
    "=",
    "+",
    base64url('{"alg":"HS256","kid":1}'),
  ],
  largest: 384,
  judge(input, verdict, result) {
    const text = input.toString("latin1");
    same(verdict, problemOf(text), "the problem");
    if (verdict !== NONE) return;
    const [first = "", second = ""] = text.split(".");
    const members = membersOf(objectOf(first)!);
    same(result.text(), textIn(members, "alg")!.replace("Ed25519", "EdDSA"), "the algorithm");
    judgeOptional(result, textIn(members, "kid"));
    judgeOptional(result, textIn(members, "typ"));
    same(result.latin1(), second, "the payload");
    judgeValue(result, objectOf(second)!);
  },
};

function judgeOptional(result: Result, wanted: string | undefined): void {
  same(result.byte(), wanted === undefined ? 0 : 1, "whether there is a name");
  same(result.text(), wanted ?? "", "a name");
}

const N = Buffer.alloc(256, 0xc7).toString("base64url");
const EC = {
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};
const keys = [
  { kty: "EC", crv: "P-256", ...EC, kid: "1", use: "sig", alg: "ES256" },
  { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", key_ops: ["verify"] },
  { kty: "RSA", n: N, e: "AQAB", alg: "PS512" },
  { kty: "oct", k: "A".repeat(43), kid: "2" },
].map((key) => JSON.stringify(key));

/** Whether Node takes a key; it knows no rule of the SDK's own. */
function nodeTakes(jwk: Members): boolean {
  if (textIn(jwk, "kty") === "oct") return (bytesOf(textIn(jwk, "k") ?? "") ?? []).length >= 32;
  const key = Object.fromEntries([...jwk].map(([name]) => [name, textIn(jwk, name)]));
  try {
    createPublicKey({ key: { ...key, use: "sig" }, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}

const keySet: Parser = {
  name: "keySet",
  seeds: [`{"keys":[${keys.join()}]}`, ...keys.map((key) => `{"keys":[${key}]}`), '{"keys":[]}', "[]"],
  words: [
    ...'"kty":"EC" "kty":"oct" "crv":"P-384" "crv":"P-256" "use":"enc" "alg":"none" "key_ops":[] "kid":1 "e":"Aw" "k":"" , } ] {"keys":['.split(
      " ",
    ),
    "AAAA",
    "____",
    `"n":"${N}"`,
    "null",
  ],
  largest: 900,
  judge(input, verdict, result) {
    const value = readJson(input, 1 << 18);
    const list = value?.type === "object" ? membersOf(value).get("keys") : undefined;
    const isSet = list?.type === "list";
    same(result.text() === "", isSet, "whether it is a set");
    same(result.size(), verdict, "how many keys were taken");
    for (let i = 0; i < verdict; i++) {
      result.byte();
      result.text();
    }
    const skipped = Array.from({ length: result.size() }, () => result.text());
    const numbers = new Set(skipped.map((line) => Number(/^key (\d+)/.exec(line)?.[1])));
    const items = isSet ? list.items : [];
    same(verdict + numbers.size, items.length, "how many keys there are");
    for (const [index, item] of items.entries()) {
      if (numbers.has(index + 1)) continue;
      if (item.type !== "object" || !nodeTakes(membersOf(item)))
        throw new Disagreement(`key ${index + 1} was taken, and Node takes it not`);
    }
    for (const line of skipped) {
      const jwk = items[Number(/^key (\d+)/.exec(line)![1]) - 1]!;
      if (line.endsWith(" are no point of P-256") && jwk.type === "object" && nodeTakes(membersOf(jwk)))
        throw new Disagreement(`${line}, and Node says that they are`);
    }
  },
};

/** DER: a tag, the length in as few bytes as it takes, and the content. */
function der(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** A number that is not negative, as short as it can be. */
function derInteger(bytes: Buffer): Buffer {
  const digits = BigInt(`0x0${bytes.toString("hex")}`).toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return der(0x02, Buffer.from(parseInt(even.slice(0, 2), 16) >= 128 ? `00${even}` : even, "hex"));
}

const signatureDer: Parser = {
  name: "signatureDer",
  seeds: ["", "\0\x01", "\0".repeat(64), "\xff".repeat(96), `${"\0".repeat(33)}${"\x80".repeat(33)}`],
  words: ["\0", "\x80", "\x7f", "\0\0\0\0", "\xff".repeat(16)],
  largest: 132,
  judge(input, _verdict, result) {
    const half = input.length >> 1;
    const numbers = [input.subarray(0, half), input.subarray(half, half * 2)].map(derInteger);
    same(result.latin1(), der(0x30, Buffer.concat(numbers)).toString("latin1"), "the signature");
  },
};

const RSA = Buffer.from("300d06092a864886f70d0101010500", "hex");

const rsaDer: Parser = {
  name: "rsaDer",
  seeds: [
    "\0\x01\0\x01",
    `\0\x01\0\x01${"\xc7".repeat(256)}`,
    `\0\0\0\x03\0${"\x7f".repeat(127)}`,
    `\xff\xff\xff\xff${"\xc7".repeat(1024)}`,
  ],
  words: ["\0", "\x80", "\x7f", "\0\0\0\0", "\xff".repeat(64)],
  largest: 1100,
  judge(input, verdict, result) {
    same(verdict, input.length < 4 ? 0 : 1, "whether there is a key");
    if (verdict === 0) return;
    const numbers = [input.subarray(4), input.subarray(0, 4)].map(derInteger);
    const bits = Buffer.concat([Buffer.from([0]), der(0x30, Buffer.concat(numbers))]);
    const wanted = der(0x30, Buffer.concat([RSA, der(0x03, bits)]));
    same(result.latin1(), wanted.toString("latin1"), "the key");
  },
};

export const tokenParsers = [jwt, keySet, signatureDer, rsaDer];
