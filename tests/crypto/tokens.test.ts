import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { before, suite, test } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { encode, handMade } from "./hand-made.js";
import { Tokens } from "./token-host.js";

const algorithms = [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "EdDSA",
] as const;

interface Signer {
  jwk: JWK;
  key: CryptoKey | Uint8Array;
}

async function signerOf(alg: string): Promise<Signer> {
  const kid = `key of ${alg}`;
  if (alg.startsWith("HS")) {
    const key = randomBytes(64);
    return { key, jwk: { kty: "oct", k: key.toString("base64url"), alg, kid } };
  }
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: "sig" } };
}

const sign = (alg: string, { key, jwk }: Signer, claims = { sub: "user" }) =>
  new SignJWT(claims).setProtectedHeader({ alg, kid: jwk.kid! }).sign(key);

const signers = new Map<string, Signer>();
before(async () => {
  for (const alg of algorithms) signers.set(alg, await signerOf(alg));
});
const allKeys = () => ({ keys: [...signers.values()].map(({ jwk }) => jwk) });

for (const withFunction of [true, false]) {
  suite(`tokens, on a host ${withFunction ? "with" : "without"} verify_signature`, () => {
    let tokens: Tokens;
    before(async () => {
      tokens = await Tokens.load(withFunction);
    });

    for (const alg of algorithms) {
      test(`jose's of ${alg} pass, and with any byte damaged they do not`, async () => {
        const signer = signers.get(alg)!;
        assert.deepEqual(tokens.useKeys(allKeys(), true), { count: algorithms.length, said: [] });
        tokens.asked.length = 0;
        for (let i = 0; i < 10; i++) {
          const claims = { sub: "user".repeat(i) };
          assert.equal(tokens.verify(await sign(alg, signer, claims)), "None");
        }
        const byHost = withFunction && /^(RS|ES)/.test(alg);
        assert.deepEqual(tokens.asked, byHost ? Array(10).fill(true) : []);

        const token = Buffer.from(await sign(alg, signer));
        for (let place = 0; place < token.length; place++) {
          const wrong = Buffer.from(token);
          wrong[place] = place % 3 === 0 ? randomInt(256) : "AZaz09-_".charCodeAt(randomInt(8));
          if (wrong.equals(token)) continue;
          assert.notEqual(tokens.verify(wrong), "None", `${place}: ${wrong.toString()}`);
        }
        for (let length = 0; length < token.length; length++)
          assert.notEqual(tokens.verify(token.subarray(0, length)), "None");
      });
    }

    test("those of another key of the same kind and name do not pass", async () => {
      for (const alg of algorithms) {
        const other = await signerOf(alg);
        tokens.useKeys({ keys: [signers.get(alg)!.jwk] }, true);
        assert.equal(tokens.verify(await sign(alg, other)), "Signature", alg);
      }
    });

    test("signatures of ECDSA have the length of their curve's numbers, twice", async () => {
      for (const alg of ["ES256", "ES384"]) {
        tokens.useKeys({ keys: [signers.get(alg)!.jwk] });
        const token = await sign(alg, signers.get(alg)!);
        const dot = token.lastIndexOf(".");
        const signature = Buffer.from(token.slice(dot + 1), "base64url");
        const [r, s] = [
          signature.subarray(0, signature.length / 2),
          signature.subarray(signature.length / 2),
        ];
        const zero = Buffer.of(0);
        for (const other of [
          [zero, r, zero, s],
          [r, zero, s],
          [r, s, zero],
          [zero, r, s],
          [r],
          [r, s, r, s],
        ]) {
          const wrong = token.slice(0, dot + 1) + Buffer.concat(other).toString("base64url");
          assert.equal(tokens.verify(wrong), "Signature");
        }
      }
    });

    test("signatures of ECDSA pass whatever their numbers begin with", async () => {
      for (const [alg, count] of [
        ["ES256", 300],
        ["ES384", 60],
      ] as const) {
        tokens.useKeys({ keys: [signers.get(alg)!.jwk] });
        for (let i = 0; i < count; i++)
          assert.equal(tokens.verify(await sign(alg, signers.get(alg)!)), "None");
      }
    });
  });
}

suite("algorithm and key", () => {
  let tokens: Tokens;
  before(async () => {
    tokens = await Tokens.load();
  });

  test("an algorithm of another family than the key's does not pass, whoever may use the key's bytes as a secret", async () => {
    const { alg: _, ...open } = signers.get("RS256")!.jwk;
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = pair.publicKey.export({ format: "pem", type: "spki" }) as string;
    const own = { ...pair.publicKey.export({ format: "jwk" }), kid: "own" };
    for (const secret of [
      Buffer.from(pem),
      Buffer.from(pem.trim()),
      pair.publicKey.export({ format: "der", type: "spki" }),
      Buffer.from(own.n!, "base64url"),
      Buffer.from(own.n!),
      Buffer.from(JSON.stringify(own)),
    ]) {
      for (const keys of [{ keys: [own] }, { keys: [own, open, signers.get("HS256")!.jwk] }]) {
        tokens.useKeys(keys, true);
        assert.notEqual(tokens.verify(handMade({ alg: "HS256" }, {}, secret)), "None");
        assert.equal(tokens.verify(handMade({ alg: "HS256", kid: "own" }, {}, secret)), "KeyMismatch");
      }
    }
  });

  test("each key takes the algorithms of its type and of its own, and no others", async () => {
    const own: Record<string, RegExp> = {
      oct: /^HS/,
      RSA: /^[RP]S/,
      "P-256": /^ES256$/,
      "P-384": /^ES384$/,
      Ed25519: /^EdDSA$/,
    };
    for (const { jwk } of signers.values()) {
      const { alg: stated, ...open } = jwk;
      for (const alg of algorithms) {
        const token = await sign(alg, { ...signers.get(alg)!, jwk: { ...jwk } });
        tokens.useKeys({ keys: [jwk] }, true);
        const fits = alg === stated;
        assert.equal(tokens.verify(token) === "KeyMismatch", !fits, `${alg} with a key for ${stated}`);
        tokens.useKeys({ keys: [open] }, true);
        const takes = own[jwk.crv ?? jwk.kty!]!.test(alg);
        assert.equal(tokens.verify(token) === "KeyMismatch", !takes, `${alg} with ${jwk.kty}`);
      }
    }
  });

  test("no signature at all does not pass, however it is spelt", () => {
    tokens.useKeys(allKeys(), true);
    for (const alg of ["none", "None", "NONE", "nOnE", "", "null", "HS1", "HS", "rs256", "RS256 ", "ES512"]) {
      const signed = `${encode({ alg })}.${encode({ sub: "user" })}`;
      assert.equal(tokens.verify(`${signed}.`), "Algorithm", alg);
      assert.equal(tokens.verify(`${signed}.AAAA`), "Algorithm", alg);
      assert.equal(tokens.verify(signed), "Malformed", alg);
    }
    for (const alg of algorithms) {
      const signed = `${encode({ alg })}.${encode({ sub: "user" })}`;
      assert.equal(tokens.verify(`${signed}.`), "Signature", alg);
    }
  });

  test("a secret is for the hashes that it is long enough for", () => {
    for (const [bytes, said] of [
      [31, ["key 1: its secret has fewer than 256 bits"]],
      [32, []],
    ] as const) {
      const k = randomBytes(bytes);
      const result = tokens.useKeys({ keys: [{ kty: "oct", k: k.toString("base64url") }] }, true);
      assert.deepEqual(result.said, said);
      assert.equal(tokens.verify(handMade({ alg: "HS256" }, {}, k)), said.length ? "UnknownKey" : "None");
      const signed = `${encode({ alg: "HS512" })}.${encode({})}`;
      const mac = createHmac("sha512", k).update(signed).digest("base64url");
      assert.equal(tokens.verify(`${signed}.${mac}`), "UnknownKey");
    }
  });

  test("the key is chosen by its name; one without a name serves for names that no key has", async () => {
    const [a, b] = [await signerOf("ES256"), await signerOf("ES256")];
    const named = (signer: Signer, kid?: string) => ({ ...signer.jwk, kid });
    const token = (signer: Signer, kid?: string) =>
      new SignJWT({}).setProtectedHeader({ alg: "ES256", ...(kid && { kid }) }).sign(signer.key);
    tokens.useKeys({ keys: [named(a, "a"), named(b, "b")] });
    assert.equal(tokens.verify(await token(a, "a")), "None");
    assert.equal(tokens.verify(await token(a, "b")), "Signature");
    assert.equal(tokens.verify(await token(a, "c")), "UnknownKey");
    assert.equal(tokens.verify(await token(a)), "None");
    assert.equal(tokens.verify(await token(b)), "None");
    tokens.useKeys({ keys: [named(a, "a"), named(b)] });
    assert.equal(tokens.verify(await token(b, "c")), "None");
    assert.equal(tokens.verify(await token(b, "a")), "Signature");
    tokens.useKeys({ keys: [named(a, "same"), named(b, "same")] });
    assert.equal(tokens.verify(await token(a, "same")), "None");
    assert.equal(tokens.verify(await token(b, "same")), "None");
  });

  test("a token without a name is tried with five keys at most", async () => {
    const last = await signerOf("ES256");
    const others = await Promise.all(Array.from({ length: 5 }, () => signerOf("ES256")));
    const token = await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).sign(last.key);
    const jwks = others.map(({ jwk }) => jwk);
    tokens.useKeys({ keys: [...jwks.slice(1), last.jwk] });
    assert.equal(tokens.verify(token), "None");
    tokens.useKeys({ keys: [...jwks, last.jwk] });
    assert.equal(tokens.verify(token), "Signature");
  });
});
