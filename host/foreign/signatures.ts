import { p256, p384, p521 } from "@noble/curves/nist.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { concat } from "../text.js";
import { bytesOf, numberOf } from "./der.js";
import type { PrivateKey, PublicKey } from "./keys.js";

const curves = { p256, p384, p521 };

/** A hash, and the DER that stands before its digest in a signature of PKCS#1. (RFC 8017, 9.2) */
interface Hash {
  digest: (text: Uint8Array) => Uint8Array;
  prefix: Uint8Array;
}

/** `SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING }`, up to the digest. */
function digestInfo(oid: readonly number[], size: number): Uint8Array {
  const algorithm = [0x30, oid.length + 4, 0x06, oid.length, ...oid, 0x05, 0x00];
  return Uint8Array.of(0x30, algorithm.length + 2 + size, ...algorithm, 0x04, size);
}

const nist = (last: number) => [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last];

const hashes: Record<string, Hash> = {
  sha1: { digest: sha1, prefix: digestInfo([0x2b, 0x0e, 0x03, 0x02, 0x1a], 20) },
  sha224: { digest: sha224, prefix: digestInfo(nist(4), 28) },
  sha256: { digest: sha256, prefix: digestInfo(nist(1), 32) },
  sha384: { digest: sha384, prefix: digestInfo(nist(2), 48) },
  sha512: { digest: sha512, prefix: digestInfo(nist(3), 64) },
};

/** As Envoy says that it does not know one. */
const unknownHash = (name: string) => `${name} is not supported.`;

const noPrivateKey = "Invalid key type: private key required for signing operation.";
const noSignature = "Failed to create signature.";

/** Verifies RSA with PKCS#1 v1.5, or ECDSA in DER. The reason when it does not hold; "" when it does. */
export function verify(
  hashName: string,
  key: PublicKey | undefined,
  signature: Uint8Array,
  text: Uint8Array,
): string {
  const hash = hashes[hashName.toLowerCase()];
  if (hash === undefined) return unknownHash(hashName);
  if (key === undefined) return "Failed to initialize digest verify.";
  const holds =
    key.kind === "rsa" ? verifyRsa(hash, key, signature, text) : verifyEc(hash, key, signature, text);
  return holds ? "" : "Failed to verify digest. Error code: 0";
}

/** A signature, or why there is none. */
export function sign(hashName: string, key: PrivateKey | undefined, text: Uint8Array): Uint8Array | string {
  const hash = hashes[hashName.toLowerCase()];
  if (hash === undefined) return unknownHash(hashName);
  if (key === undefined) return noPrivateKey;
  try {
    if (key.kind === "ec") {
      const options = { prehash: false, lowS: false, format: "der" } as const;
      return curves[key.curve].sign(hash.digest(text), key.scalar, options);
    }
    const padded = padding(hash, text, sizeOf(key.modulus));
    if (padded === undefined) return noSignature;
    return bytesOf(power(numberOf(padded), key.exponent, key.modulus), sizeOf(key.modulus));
  } catch {
    return noSignature;
  }
}

function verifyEc(
  hash: Hash,
  key: PublicKey & { kind: "ec" },
  signature: Uint8Array,
  text: Uint8Array,
): boolean {
  try {
    const options = { prehash: false, lowS: false, format: "der" } as const;
    return curves[key.curve].verify(signature, hash.digest(text), key.point, options);
  } catch {
    return false;
  }
}

function verifyRsa(
  hash: Hash,
  { modulus, exponent }: PublicKey & { kind: "rsa" },
  signature: Uint8Array,
  text: Uint8Array,
): boolean {
  const size = sizeOf(modulus);
  const value = numberOf(signature);
  if (signature.length !== size || value >= modulus) return false;
  const expected = padding(hash, text, size);
  return expected !== undefined && power(value, exponent, modulus) === numberOf(expected);
}

/** What PKCS#1 v1.5 signs: `00 01 ff .. ff 00`, the hash's name, the digest. Undefined when the key is too short. */
function padding(hash: Hash, text: Uint8Array, size: number): Uint8Array | undefined {
  const info = concat([hash.prefix, hash.digest(text)]);
  const fill = size - info.length - 3;
  if (fill < 8) return undefined;
  return concat([Uint8Array.of(0, 1), new Uint8Array(fill).fill(0xff), Uint8Array.of(0), info]);
}

const sizeOf = (modulus: bigint): number => Math.ceil(modulus.toString(2).length / 8);

/** `base ** exponent % modulus`. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
