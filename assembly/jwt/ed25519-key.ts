import { Ed25519Key } from "../crypto/ed25519";
import { sliceOf } from "../runtime/slice";
import { JwtAlgorithm } from "./algorithm";
import { JwtKey } from "./key";

/** A key for EdDSA with Ed25519. (RFC 8037) */
@final
export class Ed25519JwtKey extends JwtKey {
  private readonly key: Ed25519Key;

  private constructor(key: Ed25519Key) {
    super();
    this.key = key;
  }

  /** Null where `Ed25519Key` does not take the bytes. */
  static of(bytes: Uint8Array): Ed25519JwtKey | null {
    const key = Ed25519Key.of(bytes);
    return key == null ? null : new Ed25519JwtKey(key);
  }

  takes(algorithm: JwtAlgorithm): bool {
    return algorithm == JwtAlgorithm.EdDSA;
  }

  verify(_algorithm: JwtAlgorithm, signature: Uint8Array, text: Uint8Array): bool {
    return this.key.verify(sliceOf(signature), sliceOf(text));
  }
}
