import { rsaKeyDer } from "../crypto/der";
import { RsaKey } from "../crypto/rsa";
import { verifyRsaPkcs1 } from "../crypto/rsa-pkcs1";
import { verifyRsaPss } from "../crypto/rsa-pss";
import { Verdict } from "../envoy/signatures";
import { sliceOf } from "../runtime/slice";
import { JwtAlgorithm, hashOf, isOfFamily } from "./algorithm";
import { checkByHost } from "./host-check";
import { JwtKey } from "./key";

/** Envoy's function takes no larger ones. */
const LARGEST_OF_HOST: i32 = 4096;

/** A key for RS256, 384, 512 and PS256, 384, 512. The host checks the former where it can. */
@final
export class RsaJwtKey extends JwtKey {
  private readonly key: RsaKey;
  private readonly der: Uint8Array;

  private constructor(key: RsaKey, der: Uint8Array) {
    super();
    this.key = key;
    this.der = der;
  }

  /** Null where `RsaKey` does not take the numbers. */
  static of(modulus: Uint8Array, exponent: Uint8Array): RsaJwtKey | null {
    const key = RsaKey.of(modulus, exponent);
    return key == null ? null : new RsaJwtKey(key, rsaKeyDer(modulus, exponent));
  }

  takes(algorithm: JwtAlgorithm): bool {
    return isOfFamily(algorithm, JwtAlgorithm.RS256) || isOfFamily(algorithm, JwtAlgorithm.PS256);
  }

  verify(algorithm: JwtAlgorithm, signature: Uint8Array, text: Uint8Array): bool {
    if (isOfFamily(algorithm, JwtAlgorithm.PS256)) {
      return verifyRsaPss(this.key, hashOf(algorithm), sliceOf(signature), sliceOf(text));
    }
    if (this.key.bits <= LARGEST_OF_HOST) {
      const verdict = checkByHost(algorithm, this.der, signature, text);
      if (verdict <= Verdict.Invalid) return verdict == Verdict.Valid;
    }
    return verifyRsaPkcs1(this.key, hashOf(algorithm), sliceOf(signature), sliceOf(text));
  }
}
