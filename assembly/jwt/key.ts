import { JwtAlgorithm } from "./algorithm";

/** A key that signatures of tokens are checked with, as a JWK says it. */
export abstract class JwtKey {
  /** The key's name among others; null where it has none. */
  kid: string | null = null;
  /** The one algorithm that the key is for; `Unknown` where it does not say. */
  algorithm: JwtAlgorithm = JwtAlgorithm.Unknown;

  /** Whether signatures of an algorithm may be checked with this key: it is for the key's type, and for the key. */
  fits(algorithm: JwtAlgorithm): bool {
    if (this.algorithm != JwtAlgorithm.Unknown && this.algorithm != algorithm) return false;
    return this.takes(algorithm);
  }

  /** Whether an algorithm is one for keys of this type. */
  abstract takes(algorithm: JwtAlgorithm): bool;

  /** Whether a signature of a text is right, by an algorithm that fits. */
  abstract verify(algorithm: JwtAlgorithm, signature: Uint8Array, text: Uint8Array): bool;
}
