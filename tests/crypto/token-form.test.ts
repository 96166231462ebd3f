import assert from "node:assert/strict";
import { createHmac, randomBytes, randomInt } from "node:crypto";
import { before, suite, test } from "node:test";
import { encode, handMade } from "./hand-made.js";
import { Tokens } from "./token-host.js";

suite("the form of tokens", () => {
  const secret = randomBytes(32);
  const header = { alg: "HS256" };
  let tokens: Tokens;
  before(async () => {
    tokens = await Tokens.load();
    tokens.useKeys({ keys: [{ kty: "oct", k: secret.toString("base64url") }] }, true);
  });

  /** Expects a verdict on a token that is rightly signed. */
  function expect(problem: string, headerText: unknown, claims: unknown): void {
    const text = `${JSON.stringify(headerText)} ${JSON.stringify(claims)}`;
    assert.equal(tokens.verify(handMade(headerText, claims, secret)), problem, text);
  }

  test("header parameters that must be understood are refused", () => {
    expect("None", header, {});
    expect("Critical", { ...header, crit: ["exp"], exp: 1 }, {});
    expect("Critical", { ...header, crit: [] }, {});
    expect("Critical", { ...header, crit: null }, {});
    expect("Critical", { ...header, crit: ["b64"], b64: true }, {});
    expect("Critical", { ...header, b64: false }, {});
    expect("Critical", { ...header, b64: "true" }, {});
    expect("None", { ...header, b64: true }, {});
    expect(
      "None",
      { ...header, jku: "https://evil.test", jwk: { kty: "oct", k: "AA" }, x5u: "x", typ: "JWT" },
      {},
    );
  });

  test("a member that is there twice, or of another type, is refused", () => {
    for (const text of [
      '{"alg":"HS256","alg":"HS256"}',
      '{"alg":"none","alg":"HS256"}',
      '{"alg":"HS256","\\u0061lg":"none"}',
      '{"alg":"HS256","x":{"y":1,"y":1}}',
      '{"alg":1}',
      '{"alg":null}',
      '{"alg":["HS256"]}',
      "{}",
      '{"ALG":"HS256"}',
      '{"alg":"HS256","kid":1}',
      '{"alg":"HS256","kid":null}',
      '{"alg":"HS256","typ":{}}',
      '["alg","HS256"]',
      '"HS256"',
      "null",
      "",
      '{"alg":"HS256"',
      '{"alg":"HS256"} x',
      "{'alg':'HS256'}",
      '\ufeff{"alg":"HS256"}',
    ])
      expect("Malformed", text, {});
    for (const text of [
      '{"sub":"a","sub":"a"}',
      '{"sub":"a","s\\u0075b":"b"}',
      "[]",
      '"a"',
      "1",
      "null",
      "",
      "{",
    ])
      expect("Malformed", header, text);
    expect("None", '{"\\u0061lg":"HS\\u0032\\u0035\\u0036"}', {});
  });

  test("bytes that are no UTF-8 are refused", () => {
    const bytes = Buffer.concat([Buffer.from('{"sub":"'), Buffer.of(0xff), Buffer.from('"}')]);
    const signed = `${encode(header)}.${bytes.toString("base64url")}`;
    const mac = createHmac("sha256", secret).update(signed).digest("base64url");
    assert.equal(tokens.verify(`${signed}.${mac}`), "Malformed");
  });

  test("what is not three parts is refused", () => {
    const token = handMade(header, {}, secret);
    const [first, second, third] = token.split(".") as [string, string, string];
    for (const text of [
      "",
      ".",
      "..",
      "...",
      "....",
      "a",
      "a.b.c",
      first,
      `${first}.${second}`,
      `${first}..${third}`,
      `.${second}.${third}`,
      `${token}.`,
      `.${token}`,
      `${token}.${third}`,
      `${token}.${third}.${third}`,
      ` ${token}`,
      `${token} `,
      `${token}\n`,
      `${token}=`,
      `${first}.${second}=.${third}`,
      `${first}=.${second}.${third}`,
      `${first}\u0000.${second}.${third}`,
      `Bearer ${token}`,
      JSON.stringify({ protected: first, payload: second, signature: third }),
    ])
      assert.equal(tokens.verify(text), "Malformed", text);
  });

  test("a last character with bits that stand for nothing is refused", () => {
    const token = handMade(header, {}, secret);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(token.at(-1));
    for (const unused of [1, 2, 3])
      assert.equal(tokens.verify(token.slice(0, -1) + alphabet[last ^ unused]!), "Malformed");
  });

  test("a token of up to 16 KiB passes; one of 100 KB costs no more than its length", () => {
    const token = (length: number) => {
      for (let size = Math.floor((length * 3) / 4) - 80; ; size++) {
        const made = handMade(header, { pad: "x".repeat(size) }, secret);
        if (made.length >= length) return made;
      }
    };
    const fitting = token(16380);
    assert.ok(fitting.length <= 16384, `${fitting.length} bytes`);
    assert.equal(tokens.verify(fitting), "None");
    assert.equal(tokens.verify(token(16385)), "TooLarge");
    assert.equal(tokens.verify(token(100_000)), "TooLarge");
    assert.equal(tokens.verify("a".repeat(10_000_000)), "TooLarge");
  });

  test("lists as deep as a token has room for are refused", () => {
    expect("Malformed", header, "[".repeat(8000));
    expect("Malformed", header, `{"a":${"[".repeat(4000)}${"]".repeat(4000)}}`);
  });

  test("rubbish of any kind is refused", () => {
    const pieces = [
      ...handMade(header, { sub: "user" }, secret).split("."),
      ".",
      "..",
      "",
      "\0",
      "é",
      "e30",
      "%2e",
    ];
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: randomInt(8) }, () => pieces[randomInt(pieces.length)]).join("");
      if (text !== handMade(header, { sub: "user" }, secret))
        assert.notEqual(tokens.verify(text), "None", text);
      assert.notEqual(tokens.verify(randomBytes(randomInt(300))), "None");
    }
  });
});
