import { ecKeyDer, ecdsaSignatureDer } from "../crypto/der";
import { EcdsaKey } from "../crypto/ecdsa";
import { WeierstrassCurve } from "../crypto/weierstrass";
import { Verdict } from "../envoy/signatures";
import { sliceOf } from "../runtime/slice";
import { JwtAlgorithm, hashOf } from "./algorithm";
import { checkByHost } from "./host-check";
import { JwtKey } from "./key";

/** A key for ES256 on P-256, or for ES384 on P-384. The host checks signatures where it can. */
@final
export class EcJwtKey extends JwtKey {
  private readonly key: EcdsaKey;
  private readonly der: Uint8Array;

  private constructor(key: EcdsaKey, der: Uint8Array) {
    super();
    this.key = key;
    this.der = der;
  }

  /** Null where `EcdsaKey` does not take the point. */
  static of(curve: WeierstrassCurve, x: Uint8Array, y: Uint8Array): EcJwtKey | null {
    const key = EcdsaKey.of(curve, x, y);
    return key == null ? null : new EcJwtKey(key, ecKeyDer(curve, x, y));
  }

  takes(algorithm: JwtAlgorithm): bool {
    return algorithm == (this.key.curve.bytes == 32 ? JwtAlgorithm.ES256 : JwtAlgorithm.ES384);
  }

  verify(algorithm: JwtAlgorithm, signature: Uint8Array, text: Uint8Array): bool {
    if (signature.length != this.key.curve.bytes * 2) return false;
    const verdict = checkByHost(algorithm, this.der, ecdsaSignatureDer(sliceOf(signature)), text);
    if (verdict <= Verdict.Invalid) return verdict == Verdict.Valid;
    return this.key.verify(hashOf(algorithm), sliceOf(signature), sliceOf(text));
  }
}
