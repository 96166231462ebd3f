import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { before, suite, test } from "node:test";
import { Tokens } from "./token-host.js";

let tokens: Tokens;
before(async () => {
  tokens = await Tokens.load();
});

const jwkOf = (...[type, options]: [string, object?]) =>
  // Node's types know each type of key by a name of its own.
  (generateKeyPairSync as (type: string, options?: object) => { publicKey: import("node:crypto").KeyObject })(
    type,
    options,
  ).publicKey.export({ format: "jwk" });

const rsa = jwkOf("rsa", { modulusLength: 2048 });
const ec = jwkOf("ec", { namedCurve: "P-256" });
const ec384 = jwkOf("ec", { namedCurve: "P-384" });
const ed = jwkOf("ed25519");
const oct = { kty: "oct", k: randomBytes(32).toString("base64url") };

suite("a set of keys", () => {
  /** Expects that a key is left out of a set in which another is, and why. */
  function leavesOut(jwk: unknown, why: string | RegExp, secrets = true): void {
    const { count, said } = tokens.useKeys({ keys: [jwk, ec] }, secrets);
    assert.equal(count, 1, JSON.stringify(jwk));
    assert.match(
      said.join(),
      typeof why === "string" ? new RegExp(`^key 1( \\(kid ".*"\\))?: ${why}$`) : why,
    );
  }

  test("has keys of each type, whatever else stands beside them", () => {
    const more = { use: "sig", key_ops: ["verify"], x5c: [1], x5t: {}, kid: "a", unknown: [null] };
    const keys = [rsa, ec, ec384, ed, oct].flatMap((jwk) => [jwk, { ...jwk, ...more }]);
    assert.deepEqual(tokens.useKeys({ keys, other: 1 }, true), { count: 10, said: [] });
  });

  test("has no secrets where it was fetched", () => {
    leavesOut(oct, "it is a secret", false);
    leavesOut({ ...oct, kid: "s" }, /^key 1 \(kid "s"\): it is a secret$/, false);
  });

  test("has no keys for something else", () => {
    leavesOut({ ...rsa, use: "enc" }, "its use is not sig");
    leavesOut({ ...rsa, use: "" }, "its use is not sig");
    leavesOut({ ...rsa, use: ["sig"] }, "use is no string");
    for (const key_ops of [[], ["sign"], ["encrypt"], "verify", null, [1], {}])
      leavesOut({ ...rsa, key_ops }, "its key_ops do not hold verify");
    leavesOut({ ...rsa, alg: "RSA-OAEP" }, "the algorithm RSA-OAEP is not supported");
    leavesOut({ ...ec, alg: "ES512" }, "the algorithm ES512 is not supported");
    leavesOut({ ...ec, alg: "none" }, "the algorithm none is not supported");
    leavesOut({ ...rsa, alg: "HS256" }, "the algorithm HS256 does not fit the key");
    leavesOut({ ...ec, alg: "ES384" }, "the algorithm ES384 does not fit the key");
    leavesOut({ ...ed, alg: "ES256" }, "the algorithm ES256 does not fit the key");
    leavesOut({ ...oct, alg: "HS512" }, "the algorithm HS512 does not fit the key");
    leavesOut({ ...oct, alg: "RS256" }, "the algorithm RS256 does not fit the key");
    leavesOut({ ...rsa, alg: 1 }, "alg is no string");
    leavesOut({ ...rsa, kid: 1 }, "kid is no string");
  });

  test("has no keys of types or curves that are not supported", () => {
    leavesOut({ ...rsa, kty: "rsa" }, "the key type rsa is not supported");
    leavesOut({ ...rsa, kty: undefined }, "it has no kty");
    leavesOut({ ...rsa, kty: null }, "kty is no string");
    leavesOut(jwkOf("ec", { namedCurve: "P-521" }), "the curve P-521 is not supported");
    leavesOut(jwkOf("ec", { namedCurve: "secp256k1" }), "the curve secp256k1 is not supported");
    leavesOut(jwkOf("ed448"), "the curve Ed448 is not supported");
    leavesOut(jwkOf("x25519"), "the curve X25519 is not supported");
    leavesOut({ ...ec, crv: undefined }, "the curve  is not supported");
    for (const other of [null, 1, "key", [], [rsa]]) leavesOut(other, "it is no object");
  });

  test("has no keys whose numbers are not as they must be", () => {
    for (const n of [undefined, null, 1, `${rsa.n!}=`, `${rsa.n!}\n`, "é"])
      leavesOut({ ...rsa, n }, "n or e is not there, or not base64url");
    for (const e of ["", "AA", "AQ", "Ag", "AQAAAAE"])
      leavesOut({ ...rsa, e }, /or its exponent is even, 1, or of more than 32 bits$/);
    leavesOut(jwkOf("rsa", { modulusLength: 1024 }), /not of 2048 to 8192 bits/);
    leavesOut({ ...rsa, n: "" }, /not of 2048 to 8192 bits/);
    leavesOut({ ...ec, x: ec.y }, "x and y are no point of P-256");
    leavesOut({ ...ec, crv: "P-384" }, "x and y are no point of P-384");
    leavesOut({ ...ec, y: undefined }, "x or y is not there, or not base64url");
    leavesOut({ ...ed, x: ec.x!.slice(0, -1) }, /^key 1: x is /);
    leavesOut({ ...ed, x: "AA" }, "x is no key for Ed25519");
    leavesOut({ ...oct, k: "AA" }, "its secret has fewer than 256 bits");
  });

  test("shows of names only what is printable, and not all of what is long", () => {
    const kid = `a\n"b"\u0007é${"x".repeat(1000)}`;
    const { said } = tokens.useKeys({ keys: [{ ...rsa, kid, kty: "\nfoo bar" }] });
    assert.equal(said.length, 1);
    assert.equal(said[0], `key 1 (kid "a?"b"??${"x".repeat(57)}"): the key type ?foo?bar is not supported`);
  });

  test("is JSON with a list of keys, and nothing else", () => {
    const document = JSON.stringify({ keys: [rsa] });
    assert.equal(tokens.useKeys(document).count, 1);
    for (const text of [
      "",
      "<!doctype html><html><body>Bad Gateway</body></html>",
      "null",
      "[]",
      '"keys"',
      "{}",
      '{"keys":{}}',
      '{"keys":null}',
      `${document}x`,
      document.slice(0, -1),
      `{"keys":[],"keys":[]}`,
      `{"keys":[{"kty":"RSA","kty":"RSA"}]}`,
      JSON.stringify(rsa),
      `{"keys":${"[".repeat(100)}${"]".repeat(100)}}`,
    ])
      assert.equal(tokens.useKeys(text).count, -1, text);
    assert.match(tokens.useKeys('{"keys": nul}').said[0]!, /^line 1, column 10: /);
    assert.deepEqual(tokens.useKeys('{"keys":[]}'), { count: 0, said: [] });
  });

  test("has a limit in bytes and in keys", () => {
    assert.equal(tokens.useKeys({ keys: [ed], pad: "x".repeat(262_000) }).count, 1);
    assert.equal(tokens.useKeys({ keys: [ed], pad: "x".repeat(262_144) }).count, -1);
    const { count, said } = tokens.useKeys({ keys: Array<unknown>(150).fill(ed) });
    assert.deepEqual([count, said], [100, ["all after key 100: there are too many"]]);
  });

  test("never traps, whatever bytes of it are damaged", () => {
    const text = Buffer.from(JSON.stringify({ keys: [rsa, ec, ec384, ed, oct] }));
    for (let round = 0; round < 3000; round++) {
      const copy = Buffer.from(text);
      for (let i = randomInt(4); i >= 0; i--) copy[randomInt(copy.length)] = randomInt(256);
      tokens.useKeys(copy, true);
      tokens.useKeys(text.subarray(0, randomInt(text.length)));
    }
  });
});
