import { JsonDocument, JsonNode, JsonType, NO_NODE } from "../config/json";
import { decodeBase64url } from "../crypto/base64";
import { p256, p384 } from "../crypto/weierstrass";
import { JwtAlgorithm, jwtAlgorithm } from "./algorithm";
import { EcJwtKey } from "./ec-key";
import { Ed25519JwtKey } from "./ed25519-key";
import { JwtKey } from "./key";
import { RsaJwtKey } from "./rsa-key";
import { SecretJwtKey } from "./secret-key";

/** What a JWK came to: a key, or why it is none. */
@final
export class JwkResult {
  constructor(
    readonly key: JwtKey | null,
    /** Why the JWK was not taken; names what it says (`kty`, `crv`, `alg`), no key material. Empty where it was. */
    readonly problem: string,
  ) {}
}

/**
 * Reads a JWK as a key for the signatures of tokens. (RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2)
 *
 * Members that are not known are passed over. A key is not taken where it says that it is for something else (`use`,
 * `key_ops`, `alg`), and secrets are taken where `secrets` allows them only: what anybody can fetch holds none.
 */
export function readJwk(document: JsonDocument, jwk: JsonNode, secrets: bool): JwkResult {
  const reader = new JwkReader(document, jwk, secrets);
  const key = reader.read();
  return new JwkResult(key, key == null ? reader.problem : "");
}

/** The beginning of a text in printable ASCII, for a line of a log. */
export function shown(text: string): string {
  let result = "";
  for (let i = 0; i < text.length && i < 64; i++) {
    const unit = text.charCodeAt(i);
    result += unit > 0x20 && unit < 0x7f ? text.charAt(i) : "?";
  }
  return result;
}


@final
class JwkReader {
  problem: string = "";

  constructor(
    private readonly document: JsonDocument,
    private readonly jwk: JsonNode,
    private readonly secrets: bool,
  ) {}

  read(): JwtKey | null {
    const document = this.document;
    if (document.type(this.jwk) != JsonType.Object) return this.refuse("it is no object");
    if (this.isOther("kty") || this.isOther("kid") || this.isOther("alg") || this.isOther("use")) return null;
    if (this.has("use") && this.text("use") != "sig") return this.refuse("its use is not sig");
    if (!this.mayVerify()) return this.refuse("its key_ops do not hold verify");
    const key = this.material();
    if (key == null) return null;
    if (this.has("kid")) key.kid = this.text("kid");
    if (this.has("alg")) {
      const name = this.text("alg");
      const algorithm = jwtAlgorithm(name);
      if (algorithm == JwtAlgorithm.Unknown)
        return this.refuse("the algorithm " + shown(name) + " is not supported");
      if (!key.takes(algorithm)) return this.refuse("the algorithm " + shown(name) + " does not fit the key");
      key.algorithm = algorithm;
    }
    return key;
  }

  private material(): JwtKey | null {
    const type = this.text("kty");
    if (type == "RSA") return this.rsa();
    if (type == "EC") return this.ec();
    if (type == "OKP") return this.okp();
    if (type == "oct") return this.secret();
    return this.refuse(type == "" ? "it has no kty" : "the key type " + shown(type) + " is not supported");
  }

  private rsa(): JwtKey | null {
    const n = this.bytes("n");
    const e = this.bytes("e");
    if (n == null || e == null) return this.refuse("n or e is not there, or not base64url");
    const key = RsaJwtKey.of(n, e);
    return key == null
      ? this.refuse(
          "its modulus is even or not of 2048 to 8192 bits, or its exponent is even, 1, or of more than 32 bits",
        )
      : key;
  }

  private ec(): JwtKey | null {
    const name = this.text("crv");
    if (name != "P-256" && name != "P-384")
      return this.refuse("the curve " + shown(name) + " is not supported");
    const x = this.bytes("x");
    const y = this.bytes("y");
    if (x == null || y == null) return this.refuse("x or y is not there, or not base64url");
    const key = EcJwtKey.of(name == "P-256" ? p256() : p384(), x, y);
    return key == null ? this.refuse("x and y are no point of " + name) : key;
  }

  private okp(): JwtKey | null {
    const name = this.text("crv");
    if (name != "Ed25519") return this.refuse("the curve " + shown(name) + " is not supported");
    const x = this.bytes("x");
    if (x == null) return this.refuse("x is not there, or not base64url");
    const key = Ed25519JwtKey.of(x);
    return key == null ? this.refuse("x is no key for Ed25519") : key;
  }

  private secret(): JwtKey | null {
    if (!this.secrets) return this.refuse("it is a secret");
    const k = this.bytes("k");
    if (k == null) return this.refuse("k is not there, or not base64url");
    if (k.length < 32) return this.refuse("its secret has fewer than 256 bits");
    return new SecretJwtKey(k);
  }

  private mayVerify(): bool {
    if (!this.has("key_ops")) return true;
    const operations = this.document.member(this.jwk, "key_ops");
    let operation =
      this.document.type(operations) == JsonType.List ? this.document.first(operations) : NO_NODE;
    while (operation != NO_NODE) {
      if (this.document.asString(operation) == "verify") return true;
      operation = this.document.next(operations, operation);
    }
    return false;
  }

  private has(name: string): bool {
    return this.document.member(this.jwk, name) != NO_NODE;
  }

  /** Refuses a member that is there and is no string. */
  private isOther(name: string): bool {
    const type = this.document.type(this.document.member(this.jwk, name));
    if (type == JsonType.Absent || type == JsonType.String) return false;
    this.refuse(name + " is no string");
    return true;
  }

  private text(name: string): string {
    return this.document.asString(this.document.member(this.jwk, name));
  }

  private bytes(name: string): Uint8Array | null {
    const value = this.document.member(this.jwk, name);
    return this.document.type(value) == JsonType.String ? decodeBase64url(this.document.asUtf8(value)) : null;
  }

  private refuse(problem: string): JwtKey | null {
    this.problem = problem;
    return null;
  }
}
