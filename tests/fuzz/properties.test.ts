import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { encodePairs } from "../host/pairs.js";
import { parserModule } from "./module.js";
import { judgeValue } from "./parsers/json.js";
import { plain, readJson, type Value } from "./reference/json.js";
import { sameStruct, structOf } from "./reference/struct.js";
import { type Result, Target } from "./target.js";

// What is well made, in all its shapes: the fuzzers of the other files seldom come to that.

const target = new Target(await parserModule());
const parameters = { seed: 20261121, numRuns: 400 };

/** What a parser says of an input. */
function parse(parser: string, input: Uint8Array | string): { verdict: number; result: Result } {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  const verdict = target.run(parser, bytes, 0x22);
  return { verdict, result: target.result };
}

const text = fc.string({ unit: "binary" }).map((some) => Buffer.from(some).toString());
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(-(2n ** 64n), 2n ** 64n),
    text,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 5 }),
  ),
})).value;

/** A value as JSON, with spaces where there may be some and escapes where there need be none. */
function written(value: unknown, random: () => number): string {
  const space = () => [" ", "\n", "\t", "\r", ""][random() % 5]!.repeat(random() % 3);
  const quoted = (some: string) =>
    JSON.stringify(some).replace(/[a-zA-Z0-9](?![^\\]*\\u)/g, (letter) =>
      random() % 7 === 0 && !/\\/.test(some) && !/[^ -~]/.test(some)
        ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`
        : letter,
    );
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string")
    return JSON.stringify(value) === `"${value}"` ? quoted(value) : JSON.stringify(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const between = (items: string[]) => items.map((item) => space() + item + space()).join(",");
  if (Array.isArray(value)) return `[${between(value.map((item) => written(item, random)))}]`;
  const members = Object.entries(value).map(
    ([key, item]) => `${quoted(key)}${space()}:${written(item, random)}`,
  );
  return `{${between(members)}}`;
}

suite("what is well made is read as it was meant:", () => {
  test("JSON of any values, with any spaces and escapes", () => {
    fc.assert(
      fc.property(json, fc.infiniteStream(fc.nat()), (value, numbers) => {
        const bytes = Buffer.from(written(value, () => numbers.next().value as number));
        const { verdict, result } = parse("json", bytes);
        assert.equal(verdict, 0);
        judgeValue(result, readJson(bytes)!);
      }),
      parameters,
    );
  });

  test("a Struct, which becomes the JSON that it was made of", () => {
    const values = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => value !== null && typeof value === "object");
    fc.assert(
      fc.property(values, (value) => {
        const struct = structOf({ a: value as never, b: [value as never] });
        const { verdict, result } = parse("struct", struct);
        assert.equal(verdict, 1);
        const ascii = Buffer.from(result.latin1().replace(/[\x80-\xff]/g, "?"), "latin1");
        assert.ok(sameStruct(readJson(ascii, 1 << 24) as Value, struct));
      }),
      parameters,
    );
  });

  test("a block of pairs", () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some).toString("latin1"));
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, bytes), { maxLength: 40 }), (pairs) => {
        const { verdict, result } = parse("pairs", encodePairs(pairs));
        assert.equal(verdict, pairs.length);
        for (const pair of pairs) assert.deepEqual([result.latin1(), result.latin1()], pair);
      }),
      parameters,
    );
  });

  test("a token, as jose reads it", () => {
    const header = fc.record({ kid: text, typ: text, x: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(
      fc.property(header, fc.dictionary(text, fc.jsonValue()), fc.uint8Array(), (more, claims, signature) => {
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const token = `${part({ alg: "ES256", ...more })}.${part(claims)}.${Buffer.from(signature).toString("base64url")}`;
        fc.pre(token.length <= 4096);
        const { verdict, result } = parse("jwt", token);
        assert.equal(verdict, 0);
        const known = decodeProtectedHeader(token);
        assert.equal(result.text(), known.alg);
        assert.deepEqual([result.byte(), result.text()], [Number("kid" in more), known.kid ?? ""]);
        assert.deepEqual([result.byte(), result.text()], [Number("typ" in more), known.typ ?? ""]);
        const payload = Buffer.from(result.latin1(), "base64url");
        assert.deepEqual(JSON.parse(payload.toString()), decodeJwt(token));
        judgeValue(result, readJson(payload)!);
      }),
      parameters,
    );
  });

  test("a key for RSA and a signature of ECDSA, whose DER Node reads", () => {
    const modulus = fc.uint8Array({ minLength: 256, maxLength: 256 });
    fc.assert(
      fc.property(modulus, (n) => {
        n[0]! |= 0x80;
        n[255]! |= 1;
        const { result } = parse("rsaDer", Buffer.concat([Buffer.from([0, 1, 0, 1]), n]));
        const jwk = createPublicKey({ key: Buffer.from(result.bytes()), format: "der", type: "spki" }).export(
          { format: "jwk" },
        );
        assert.deepEqual([jwk.n, jwk.e], [Buffer.from(n).toString("base64url"), "AQAB"]);
      }),
      { ...parameters, numRuns: 50 },
    );
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    fc.assert(
      fc.property(fc.uint8Array(), (message) => {
        const raw = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
        const { result } = parse("signatureDer", raw);
        assert.ok(verify("sha256", message, publicKey, Buffer.from(result.bytes())));
      }),
      { ...parameters, numRuns: 50 },
    );
  });

  test("text, from UTF-16 to UTF-8 and back", () => {
    fc.assert(
      fc.property(text, (some) => {
        const bytes = Buffer.from(some);
        assert.deepEqual(parse("utf16", Buffer.from(some, "utf16le")).result.bytes(), bytes);
        assert.equal(parse("utf8", bytes).result.units(), some);
      }),
      parameters,
    );
  });

  test("bytes in base64, base64url and hexadecimal digits", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        for (const encoding of ["base64", "base64url", "hex"] as const) {
          const { verdict, result } = parse(encoding, Buffer.from(bytes).toString(encoding));
          assert.equal(verdict, 1);
          assert.deepEqual(result.bytes(), Buffer.from(bytes));
        }
      }),
      parameters,
    );
  });

  test("every date from the year 0 to 9999", () => {
    const [min, max] = [new Date("0000-01-01T00:00:00Z"), new Date("9999-12-31T23:59:59Z")];
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
        const { verdict, result } = parse("date", date.toUTCString());
        assert.equal(verdict, 1);
        assert.equal(result.integer(), BigInt(Math.floor(date.getTime() / 1000)));
      }),
      { ...parameters, numRuns: 5000 },
    );
  });

  test("a query, as browsers write it", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 8 }), (pairs) => {
        const { verdict, result } = parse("query", `/path?${new URLSearchParams(pairs).toString()}#end`);
        assert.equal(verdict, pairs.length);
        for (const [name, value] of pairs) assert.deepEqual([result.text(), result.text()], [name, value]);
      }),
      parameters,
    );
  });

  test("a path, whose normal form is where URLs lead", () => {
    const segment = fc.constantFrom("a", "b.c", "..", ".", "", "%41", "%2e", "%2E%2e", "...", "d%20e");
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), (segments) => {
        const path = `/${segments.join("/")}`;
        const { result } = parse("path", path);
        for (const same of [path, path]) assert.equal(result.latin1(), same);
        const normal = result.latin1();
        // URLs keep empty segments, which servers often do not: without them both say the same.
        const joined = `/${segments.filter((some) => some !== "").join("/")}${segments.at(-1) === "" ? "/" : ""}`;
        const url = decodeURIComponent(new URL(joined.replace(/\/+$/, "/"), "http://host").pathname);
        assert.equal(normal, url);
      }),
      parameters,
    );
  });

  test("what a document says as JSON's own reader does", () => {
    fc.assert(
      fc.property(fc.json(), (some) => {
        const value = readJson(Buffer.from(some));
        const { verdict } = parse("json", some);
        assert.equal(verdict === 0, value !== null);
        if (value !== null) assert.deepEqual(JSON.parse(some), objects(plain(value)));
      }),
      parameters,
    );
  });
});

/** Objects in the place of maps. */
function objects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(objects);
  if (!(value instanceof Map)) return value;
  const entries = [...(value as Map<string, unknown>)];
  return JSON.parse(
    `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(objects(item))}`).join()}}`,
  );
}
