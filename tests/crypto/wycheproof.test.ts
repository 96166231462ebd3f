import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { suite, test } from "node:test";
import { TestModule } from "./module.js";
import { type Group, groupsOf, type Vector, wycheproofFolder } from "./wycheproof.js";

// Wycheproof's vectors are signatures by people who know how verifiers fail. What it calls acceptable may go either
// way: forms that were never right, but that some accept.

const found = await wycheproofFolder();
const skip = "missing" in found ? `no Wycheproof vectors: ${found.missing}` : false;
if (skip) console.log(skip);
const primitives = await TestModule.load("primitives");

const hex = (text: string) => Buffer.from(text, "hex");
const bitsOf = (sha: string) => Number(/^SHA-(256|384|512)$/.exec(sha)?.[1] ?? 0);

/** Judges every vector of some files, and gives back how many were judged: the crate's version is fixed. */
async function judge(
  files: string[],
  verifier: (group: Group) => ((vector: Vector) => boolean) | null,
): Promise<{ valid: number; invalid: number }> {
  assert.ok("folder" in found, "the vectors are there");
  const counts = { valid: 0, invalid: 0 };
  for (const file of files) {
    for (const group of await groupsOf(found.folder, file)) {
      const verify = verifier(group);
      if (verify === null) continue;
      for (const vector of group.tests) {
        const verdict: boolean = verify(vector);
        if (vector.result === "acceptable") continue;
        counts[vector.result] += 1;
        const what = `${file} ${vector.tcId}: ${vector.comment} ${vector.flags.join()}`;
        assert.equal(verdict, vector.result === "valid", what);
      }
    }
  }
  return counts;
}

function rsa(pss: boolean) {
  return (group: Group) => {
    const bits = bitsOf(group.sha);
    const { modulus, publicExponent } = group.publicKey;
    // A salt of another length is no signature as tokens have it.
    if (bits === 0 || (pss && (group.mgfSha !== group.sha || group.sLen !== bits / 8))) return null;
    const known = primitives.says("rsaKey", hex(modulus), hex(even(publicExponent)));
    if (!known) assert.ok(hex(modulus).length < 256, `a key was refused: ${publicExponent}`);
    return ({ sig, msg }: Vector) => primitives.says("rsaVerify", Number(pss), bits, hex(sig), hex(msg));
  };
}

/** Hexadecimal digits, as many as make whole bytes. */
const even = (text: string) => (text.length % 2 === 0 ? text : `0${text}`);

function ecdsa(group: Group) {
  const bits = bitsOf(group.sha);
  const { x, y } = createPublicKey({ key: hex(group.publicKeyDer), format: "der", type: "spki" }).export({
    format: "jwk",
  });
  assert.equal(
    primitives.says("ecdsaKey", bits, Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")),
    true,
  );
  return ({ sig, msg }: Vector) => primitives.says("ecdsaVerify", bits, hex(sig), hex(msg));
}

suite("Wycheproof's vectors", { skip }, () => {
  test("RSA with PKCS#1 v1.5, 2,048 to 8,192 bits", async () => {
    const files = [2048, 3072, 4096, 8192].flatMap((size) =>
      [256, 384, 512].map((bits) => `rsa_signature_${size}_sha${bits}`),
    );
    assert.deepEqual(await judge(files, rsa(false)), { valid: 89, invalid: 3005 });
  });

  test("RSA with PSS", async () => {
    const files = [
      "2048_sha256_mgf1_32",
      "3072_sha256_mgf1_32",
      "4096_sha256_mgf1_32",
      "2048_sha384_mgf1_48",
      "4096_sha384_mgf1_48",
      "4096_sha512_mgf1_64",
      "misc",
    ];
    const counts = await judge(
      files.map((name) => `rsa_pss_${name}`),
      rsa(true),
    );
    assert.deepEqual(counts, { valid: 514, invalid: 274 });
  });

  test("ECDSA on P-256 and P-384", async () => {
    const files = [
      "secp256r1_sha256_p1363",
      "secp384r1_sha384_p1363",
      "secp256r1_webcrypto",
      "secp384r1_webcrypto",
    ];
    const counts = await judge(
      files.map((name) => `ecdsa_${name}`),
      ecdsa,
    );
    assert.deepEqual(counts, { valid: 716, invalid: 328 });
  });

  test("Ed25519", async () => {
    const counts = await judge(["ed25519"], (group) => {
      primitives.says("ed25519Key", hex(group.publicKey.pk));
      return ({ sig, msg }) => primitives.says("ed25519Verify", hex(sig), hex(msg));
    });
    assert.deepEqual(counts, { valid: 88, invalid: 62 });
  });

  test("HMAC", async () => {
    const bits = [256, 384, 512];
    for (const size of bits) {
      const counts = await judge([`hmac_sha${size}`], ({ tagSize }) => {
        if (tagSize !== size) return null;
        return ({ key, msg, tag }) =>
          primitives.bytes(size / 8, "mac", size, hex(key), hex(msg)).equals(hex(tag));
      });
      assert.deepEqual(counts, { valid: 33, invalid: 54 });
    }
  });
});
