import { equalInConstantTime } from "../crypto/constant-time";
import { hmac } from "../crypto/hmac";
import { sliceOf } from "../runtime/slice";
import { JwtAlgorithm, hashBits, hashOf, isOfFamily } from "./algorithm";
import { JwtKey } from "./key";

/** A shared secret for HS256, 384 and 512: for those of which it has at least as many bits. (RFC 7518, section 3.2) */
@final
export class SecretJwtKey extends JwtKey {
  private readonly secret: Uint8Array;

  constructor(secret: Uint8Array) {
    super();
    this.secret = secret;
  }

  takes(algorithm: JwtAlgorithm): bool {
    return isOfFamily(algorithm, JwtAlgorithm.HS256) && this.secret.length << 3 >= hashBits(algorithm);
  }

  verify(algorithm: JwtAlgorithm, signature: Uint8Array, text: Uint8Array): bool {
    return equalInConstantTime(hmac(hashOf(algorithm), sliceOf(this.secret), sliceOf(text)), signature);
  }
}
