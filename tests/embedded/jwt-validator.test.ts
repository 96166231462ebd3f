import assert from "node:assert/strict";
import { createPublicKey, randomBytes } from "node:crypto";
import { before, suite, test } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { foreignFunctions } from "../../host/foreign/functions.js";
import { encode, handMade } from "../crypto/hand-made.js";
import { randomFrom } from "../plugins/generate.js";
import { JwtWorkers } from "./jwt-workers.js";

const algorithms = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "HS256"] as const;

interface Signer {
  jwk: JWK;
  key: CryptoKey | Uint8Array;
}

/** One second in 2027, which the clock of the tests shows. */
const NOW = 1_800_000_000;
const FAR = NOW + 1_000_000;

const signers = new Map<string, Signer>();
before(async () => {
  for (const alg of algorithms) {
    if (alg === "HS256") {
      const key = randomBytes(32);
      signers.set(alg, { key, jwk: { kty: "oct", k: key.toString("base64url"), alg, kid: alg } });
    } else {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      signers.set(alg, { key: privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid: alg } });
    }
  }
});

const sign = (alg: string, claims: object = {}, key = signers.get(alg)!.key) =>
  new SignJWT({ exp: FAR, sub: "ann", ...claims }).setProtectedHeader({ alg, kid: alg }).sign(key);
const inline = () => ({ jwks: { keys: [...signers.values()].map(({ jwk }) => jwk) } });
const secretOf = () => signers.get("HS256")!.key as Uint8Array;
const hs = (claims: object | string) => handMade({ alg: "HS256" }, claims, secretOf());

const functions = foreignFunctions as Map<string, NonNullable<ReturnType<typeof foreignFunctions.get>>>;
const verifySignature = functions.get("verify_signature")!;

for (const withFunction of [true, false]) {
  suite(`jwt-validator on a host ${withFunction ? "with" : "without"} verify_signature`, () => {
    for (const alg of algorithms) {
      test(`lets jose's tokens of ${alg} pass and, whichever part is damaged, no others`, async () => {
        let asked = 0;
        if (withFunction) {
          functions.set("verify_signature", (...args) => {
            asked += 1;
            return verifySignature(...args);
          });
        } else functions.delete("verify_signature");
        try {
          const workers = await JwtWorkers.start(inline());
          const random = randomFrom(3);
          const token = await sign(alg);
          const { status, claims } = workers.ask(token);
          assert.equal(status, 200);
          assert.deepEqual(JSON.parse(claims!), { exp: FAR, sub: "ann" });
          assert.equal(asked, withFunction && /^(RS|ES)/.test(alg) ? 1 : 0);
          for (let place = 0; place < token.length; place++) {
            const other = place % 3 === 0 ? place % 128 : "AZaz09-_.".charCodeAt(Math.floor(random() * 9));
            const wrong = token.slice(0, place) + String.fromCharCode(other) + token.slice(place + 1);
            if (wrong !== token) assert.notEqual(workers.ask(wrong).status, 200, `${place}: ${wrong}`);
            assert.notEqual(workers.ask(token.slice(0, place)).status, 200);
          }
          assert.equal(workers.ask(token).status, 200);
        } finally {
          functions.set("verify_signature", verifySignature);
        }
      });
    }
  });
}

suite("jwt-validator", () => {
  test("judges times to the second, with clocks apart as far as they may be", async () => {
    const workers = await JwtWorkers.start({
      ...inline(),
      clock_skew_seconds: 60,
      max_token_age_seconds: 100,
    });
    const at = (seconds: number, token: string) => {
      workers.setSeconds(seconds);
      return workers.ask(token).why ?? "accepted";
    };
    const expires = hs({ exp: NOW, iat: NOW - 10 });
    assert.equal(at(NOW + 59.999, expires), "accepted");
    assert.equal(at(NOW + 60, expires), "the token has expired");
    const begins = hs({ exp: FAR, nbf: NOW + 50, iat: NOW });
    assert.equal(at(NOW - 10.001, begins), "the token is not valid yet");
    assert.equal(at(NOW - 10, begins), "accepted");
    const made = hs({ exp: FAR, iat: NOW });
    assert.equal(at(NOW + 160, made), "accepted");
    assert.equal(at(NOW + 160.001, made), "the token's age is not accepted");
    assert.equal(at(NOW - 60, made), "accepted");
    assert.equal(at(NOW - 60.001, made), "the token's age is not accepted");
    for (const claims of [
      { exp: "1900000000" },
      { exp: FAR, nbf: true },
      { exp: FAR, iat: [] },
      { exp: null },
    ])
      assert.equal(at(NOW, hs(claims)), "a claim of the token is of the wrong type");
    assert.equal(at(NOW, hs(`{"exp":1e999,"iat":${NOW}}`)), "a claim of the token is of the wrong type");
    assert.equal(at(NOW, hs(`{"exp":-1e15,"iat":${NOW}}`)), "the token has expired");
  });

  test("takes no public key for a secret, in any form that it may have", async () => {
    const { jwk } = signers.get("RS256")!;
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const pem = key.export({ type: "spki", format: "pem" }) as string;
    const secrets = [
      Buffer.from(pem),
      Buffer.from(pem.trim()),
      Buffer.from(pem.replaceAll("\n", "\r\n")),
      Buffer.from(key.export({ type: "pkcs1", format: "pem" }) as string),
      key.export({ type: "spki", format: "der" }),
      key.export({ type: "pkcs1", format: "der" }),
      Buffer.from(jwk.n!, "base64url"),
      Buffer.from(jwk.n!),
      Buffer.from(JSON.stringify(jwk)),
      Buffer.from(JSON.stringify({ kty: jwk.kty, n: jwk.n, e: jwk.e })),
      Buffer.alloc(0),
    ];
    const { alg: _, ...open } = jwk;
    const header = [{ alg: "HS256", kid: "RS256" }, { alg: "HS256" }, { alg: "HS512", kid: "RS256" }];
    for (const keys of [[jwk], [open], [open, signers.get("HS256")!.jwk]]) {
      const workers = await JwtWorkers.start({ jwks: { keys } });
      for (const secret of secrets) {
        for (const one of header)
          assert.equal(workers.ask(handMade(one, { exp: FAR }, secret)).status, 401, secret.toString("hex"));
      }
    }
  });

  test("accepts no token without a signature, however that is spelt", async () => {
    const workers = await JwtWorkers.start(inline());
    const signature = encode("signature");
    for (const alg of ["none", "None", "NONE", "nOnE", "none ", " none", "", "null", "\u0000none"]) {
      for (const header of [{ alg }, { alg, kid: "HS256" }, { alg, typ: "JWT" }]) {
        const signed = `${encode(header)}.${encode({ exp: FAR })}`;
        for (const token of [signed, `${signed}.`, `${signed}.${signature}`, `${signed}..`])
          assert.equal(workers.ask(token).status, 401, token);
      }
    }
    for (const alg of algorithms)
      assert.equal(workers.ask(`${encode({ alg, kid: alg })}.${encode({ exp: FAR })}.`).status, 401);
  });

  test("refuses what must be understood, what is there twice, and what is of another type", async () => {
    const workers = await JwtWorkers.start({ ...inline(), audiences: ["shop"] });
    const claims = { exp: FAR, aud: "shop" };
    assert.equal(workers.ask(hs(claims)).status, 200);
    for (const header of [
      '{"alg":"HS256","crit":["exp"],"exp":1}',
      '{"alg":"HS256","crit":[]}',
      '{"alg":"HS256","b64":false,"crit":["b64"]}',
      '{"alg":"HS256","alg":"HS256"}',
      '{"alg":"none","alg":"HS256"}',
      '{"alg":["HS256"]}',
      '{"alg":"HS256","kid":{}}',
    ])
      assert.equal(workers.ask(handMade(header, claims, secretOf())).status, 401, header);
    for (const text of [
      `{"exp":${FAR},"aud":"shop","aud":"other"}`,
      `{"exp":${FAR},"aud":"other","\\u0061ud":"shop"}`,
      `{"exp":1,"exp":${FAR},"aud":"shop"}`,
      `{"exp":${FAR},"aud":{"shop":1}}`,
      `{"exp":${FAR},"aud":["shop",1]}`,
      `{"exp":${FAR},"aud":"shop","iss":1}`,
    ])
      assert.equal(workers.ask(hs(text)).status, 401, text);
  });

  test("reads tokens as long as it is told to, and no longer ones", async () => {
    const long = hs({ exp: FAR, pad: "x".repeat(75_000) });
    assert.ok(long.length > 100_000);
    const usual = await JwtWorkers.start(inline());
    assert.equal(usual.ask(long).why, "the token is too large");
    for (const token of ["a".repeat(5_000_000), `${encode({ alg: "HS256" })}.${".".repeat(100_000)}`])
      assert.equal(usual.ask(token).status, 401);
    const patient = await JwtWorkers.start({ ...inline(), max_token_size_bytes: 131072 });
    assert.equal(patient.ask(long).status, 200);
    for (let place = 0; place < long.length; place += 997) {
      const wrong = `${long.slice(0, place)}~${long.slice(place + 1)}`;
      assert.equal(patient.ask(wrong).status, 401);
    }
    assert.equal(
      patient.ask(hs(`{"exp":${FAR},"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`)).status,
      401,
    );
  });

  test("neither traps nor lets anything by, whatever is in the places of tokens", async () => {
    const workers = await JwtWorkers.start({
      ...inline(),
      from_headers: [{ name: "authorization" }, { name: "x-jwt" }],
      from_params: ["t"],
      from_cookies: ["s"],
      forward: false,
    });
    const random = randomFrom(11);
    const pieces = [
      hs({ exp: FAR }).slice(0, -1),
      "Bearer ",
      ".",
      "=",
      ";",
      "&",
      "%",
      "%2",
      "t=",
      "s=",
      '"',
      " ",
    ];
    pieces.push("\t", ",", "?", "#", "+", "\u00ff", "\u0000", "{}", encode({ alg: "HS256" }), encode("{"));
    const rubbish = () => {
      let text = "";
      for (let count = Math.floor(random() * 7); count > 0; count--)
        text += pieces[Math.floor(random() * pieces.length)];
      return text;
    };
    for (let round = 0; round < 5000; round++) {
      const fields: [string, string][] = [
        ["authorization", rubbish()],
        ["cookie", rubbish()],
      ];
      if (random() < 0.3) fields.push(["x-jwt", rubbish()]);
      const asked = workers.send(fields, workers.hosts[0], `/?${rubbish()}`);
      assert.ok([400, 401].includes(asked.now().status), JSON.stringify(fields));
      asked.leave();
    }
    assert.equal(workers.send([["cookie", `s=${hs({ exp: FAR })}`]]).now().status, 200);
  });

  test("says nothing of claims where it has accepted no token", async () => {
    const workers = await JwtWorkers.start({
      ...inline(),
      allow_missing: true,
      skip: [{ path_prefix: "/open" }],
    });
    assert.equal(workers.send([]).now().claims, undefined);
    const open = workers.send([["authorization", `Bearer ${hs({ exp: FAR })}`]], workers.hosts[0], "/open");
    assert.deepEqual([open.now().status, open.now().claims], [200, undefined]);
    assert.equal(workers.ask("a.b.c").claims, undefined);
    const shadow = await JwtWorkers.start({ ...inline(), shadow: true });
    assert.deepEqual([shadow.ask(hs({ exp: FAR })).claims, shadow.metric("allowed")], [undefined, 1]);
    assert.equal(workers.ask(hs({ exp: FAR, sub: "ü" })).claims, JSON.stringify({ exp: FAR, sub: "ü" }));
  });
});
