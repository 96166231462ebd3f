import { Hash } from "../crypto/hash";
import { Sha256 } from "../crypto/sha256";
import { Sha384, Sha512 } from "../crypto/sha512";

/** How a token is signed: the algorithms of RFC 7518, section 3, and RFC 8037 that are supported here. */
export enum JwtAlgorithm {
  /** Any other, `none` among them. */
  Unknown = 0,
  HS256,
  HS384,
  HS512,
  RS256,
  RS384,
  RS512,
  PS256,
  PS384,
  PS512,
  ES256,
  ES384,
  EdDSA,
}

// @ts-ignore: decorator
@lazy
const NAMES: StaticArray<string> = [
  "",
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
];

/** The algorithm with a name, in just this spelling; `Ed25519` is another name for `EdDSA` (RFC 9864). */
export function jwtAlgorithm(name: string): JwtAlgorithm {
  for (let i = 1; i < NAMES.length; i++) {
    if (NAMES[i] == name) return <JwtAlgorithm>i;
  }
  return name == "Ed25519" ? JwtAlgorithm.EdDSA : JwtAlgorithm.Unknown;
}

/** The name of an algorithm; empty for `Unknown`. */
export function jwtAlgorithmName(algorithm: JwtAlgorithm): string {
  return NAMES[algorithm];
}

/** Whether an algorithm is one of the three of its family that begin with `first`. */
export function isOfFamily(algorithm: JwtAlgorithm, first: JwtAlgorithm): bool {
  return algorithm >= first && algorithm <= first + 2;
}

/** The hash that an algorithm signs; EdDSA brings its own. */
export function hashOf(algorithm: JwtAlgorithm): Hash {
  const bits = hashBits(algorithm);
  if (bits == 256) return new Sha256();
  return bits == 384 ? new Sha384() : new Sha512();
}

/** How many bits that hash has. */
export function hashBits(algorithm: JwtAlgorithm): i32 {
  const place = (<i32>algorithm - 1) % 3;
  return place == 0 ? 256 : place == 1 ? 384 : 512;
}
