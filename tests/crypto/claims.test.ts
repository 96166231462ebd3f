import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { before, suite, test } from "node:test";
import { type JWTPayload, jwtVerify, type JWTVerifyOptions } from "jose";
import { handMade } from "./hand-made.js";
import { type Problem, type Rules, Tokens } from "./token-host.js";

const now = 1_700_000_000;
const secret = randomBytes(32);

let tokens: Tokens;
before(async () => {
  tokens = await Tokens.load();
  tokens.useKeys({ keys: [{ kty: "oct", k: secret.toString("base64url") }] }, true);
});

const oneOf = <T>(...values: T[]): T => values[randomInt(values.length)]!;
const near = (time: number) => time + oneOf(-120, -61, -60, -59, -1, -0.5, 0, 0.5, 1, 59, 60, 61, 120);

/** Claims as they may come, mostly near the edge of something; only those that jose and the SDK judge alike. */
function someClaims(): JWTPayload {
  const claims: Record<string, unknown> = {};
  const maybe = (name: string, value: () => unknown) => {
    if (randomInt(3) > 0) claims[name] = value();
  };
  maybe("exp", () => oneOf<unknown>(near(now), near(now), now + 1000, 0, -1, "1800000000", null, true, 9e15));
  maybe("nbf", () => oneOf<unknown>(near(now), near(now), 0, "0", [], 1e300));
  maybe("iat", () => oneOf<unknown>(near(now), near(now - 300), now, -5, {}, "x"));
  maybe("iss", () => oneOf("https://a.test", "https://b.test", "https://a.test/", ""));
  maybe("aud", () => oneOf<unknown>("one", "two", ["one"], ["three", "two"], [], "", ["", "On"]));
  maybe("sub", () => "user");
  return claims;
}

test("claims are judged as jose judges them, at every edge", async () => {
  const counts = { accepted: 0, refused: 0 };
  for (let round = 0; round < 4000; round++) {
    const claims = someClaims();
    const rules = {
      issuers: oneOf([], [], ["https://a.test"], ["https://a.test", "https://b.test"]),
      audiences: oneOf([], [], ["one"], ["one", "two"]),
      required: oneOf([], [], ["sub"], ["sub", "iat"]),
      requireExpiration: oneOf(true, false),
      clockSkew: oneOf(0, 60),
      maximumAge: oneOf(0, 0, 300),
    } satisfies Rules;
    const options: JWTVerifyOptions = {
      currentDate: new Date(now * 1000),
      clockTolerance: rules.clockSkew,
      requiredClaims: [...rules.required, ...(rules.requireExpiration ? ["exp"] : [])],
      ...(rules.issuers.length > 0 && { issuer: rules.issuers }),
      ...(rules.audiences.length > 0 && { audience: rules.audiences }),
      ...(rules.maximumAge > 0 && { maxTokenAge: rules.maximumAge }),
    };
    const token = handMade({ alg: "HS256" }, claims, secret);
    const expected = await jwtVerify(token, secret, options).then(
      () => true,
      () => false,
    );
    tokens.useRules(rules);
    const verdict = tokens.accept(token, now);
    assert.equal(verdict === "None", expected, `${JSON.stringify({ claims, rules })}: ${verdict}`);
    counts[expected ? "accepted" : "refused"] += 1;
  }
  assert.ok(counts.accepted > 100, `${counts.accepted} of them accepted`);
});

suite("the verdict on claims names the problem", () => {
  function expect(problem: Problem, claims: unknown, rules: Rules = {}): void {
    tokens.useRules({ requireExpiration: false, ...rules });
    assert.equal(
      tokens.accept(handMade({ alg: "HS256" }, claims, secret), now),
      problem,
      JSON.stringify(claims),
    );
  }

  test("of times", () => {
    expect("Expired", { exp: now });
    expect("None", { exp: now + 1 });
    expect("Expired", { exp: now - 60 }, { clockSkew: 60 });
    expect("None", { exp: now - 59 }, { clockSkew: 60 });
    expect("None", { exp: now + 0.25 });
    expect("None", { nbf: now });
    expect("NotYetValid", { nbf: now + 1 });
    expect("None", { nbf: now + 60 }, { clockSkew: 60 });
    expect("NotYetValid", { nbf: now + 61 }, { clockSkew: 60 });
    expect("NoExpiration", {}, { requireExpiration: true });
    expect("None", { iat: now - 300 }, { maximumAge: 300 });
    expect("Age", { iat: now - 301 }, { maximumAge: 300 });
    expect("None", { iat: now - 360 }, { maximumAge: 300, clockSkew: 60 });
    expect("Age", { iat: now + 1 }, { maximumAge: 300 });
    expect("Age", {}, { maximumAge: 300 });
    expect("None", { iat: now + 1000 });
  });

  test("of numbers that are none, or beyond all others", () => {
    for (const value of ['"1800000000"', "null", "true", "[1800000000]", "{}", "1e400", "-1e400"])
      for (const name of ["exp", "nbf", "iat"]) expect("ClaimType", `{"${name}":${value}}`);
    expect("None", '{"exp":1e300}');
    expect("None", '{"exp":18000000000000000000000000}');
    expect("None", '{"exp":1.7000000005e9}');
    expect("Expired", '{"exp":-0}');
    expect("Expired", '{"exp":1.5}');
    expect("Expired", '{"exp":-9223372036854775809}');
    expect("NotYetValid", '{"nbf":1e18}');
  });

  test("of the issuer", () => {
    const issuers = ["https://a.test"];
    expect("None", { iss: "https://a.test" }, { issuers });
    for (const claims of [{}, { iss: "" }, { iss: "https://a.test/" }, { iss: "HTTPS://A.TEST" }])
      expect("Issuer", claims, { issuers });
    for (const iss of [1, null, ["https://a.test"], { a: 1 }]) expect("ClaimType", { iss }, { issuers });
    expect("None", '{"iss":"https:\\/\\/\\u0061.test"}', { issuers });
  });

  test("of the audience", () => {
    const audiences = ["one", "two"];
    for (const aud of ["one", "two", ["one"], ["x", "two"]]) expect("None", { aud }, { audiences });
    for (const aud of ["", "On", "one two", [], [""], ["one "]]) expect("Audience", { aud }, { audiences });
    expect("Audience", {}, { audiences });
    for (const aud of [1, null, {}, [1], ["one", null], [["one"]]]) {
      expect("ClaimType", { aud }, { audiences });
      expect("ClaimType", { aud });
    }
    expect("None", { aud: "anything" });
  });

  test("of claims that must be there", () => {
    expect("None", { sub: "", role: false }, { required: ["sub", "role"] });
    expect("MissingClaim", { sub: "a" }, { required: ["sub", "role"] });
    expect("MissingClaim", { sub: "a", role: null }, { required: ["sub", "role"] });
  });

  test("and where there is no clock, everything that expires has", () => {
    tokens.useRules({});
    assert.equal(tokens.accept(handMade({ alg: "HS256" }, { exp: now }, secret), 0), "Expired");
  });

  test("in words, without anything of the token", () => {
    tokens.useRules({});
    tokens.accept(handMade({ alg: "HS256" }, { exp: 1 }, secret), now);
    assert.equal(tokens.answer(), "the token has expired");
  });
});
