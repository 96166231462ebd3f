import { Status } from "../abi/status";
import { callForeign } from "./foreign";
import { ProtobufReader, ProtobufWriter, WireType } from "./protobuf";

/** What became of the check of a signature. */
export enum Verdict {
  /** The signature is right. */
  Valid,
  /** The signature is wrong, or of a kind that the host cannot check with this key; or the key is none. */
  Invalid,
  /** There is no key, or the host does not take the request. */
  BadRequest,
  /** This host has no such function: older Envoys, other hosts. */
  Unsupported,
}

/** The hashes that Envoy's functions know. */
export enum SignatureHash {
  Sha1,
  Sha224,
  Sha256,
  Sha384,
  Sha512,
}

function nameOf(hash: SignatureHash): string {
  if (hash == SignatureHash.Sha1) return "sha1";
  if (hash == SignatureHash.Sha224) return "sha224";
  if (hash == SignatureHash.Sha384) return "sha384";
  return hash == SignatureHash.Sha512 ? "sha512" : "sha256";
}

/**
 * Has the host check a signature: RSA (PKCS#1 v1.5) or ECDSA (with the signature in DER), with a public key as DER of a
 * SubjectPublicKeyInfo. PSS, Ed25519, secp256k1 and raw `r || s` are `Invalid` to it. (Envoy, `verify_signature`)
 */
export function verifySignature(
  hash: SignatureHash,
  publicKeyDer: Uint8Array,
  signature: Uint8Array,
  text: Uint8Array,
): Verdict {
  return verify(new ProtobufWriter().string(1, nameOf(hash)).bytes(2, publicKeyDer), signature, text);
}

/** As `verifySignature`, with the key as PEM. */
export function verifySignaturePem(
  hash: SignatureHash,
  publicKeyPem: string,
  signature: Uint8Array,
  text: Uint8Array,
): Verdict {
  return verify(new ProtobufWriter().string(1, nameOf(hash)).string(5, publicKeyPem), signature, text);
}

function verify(request: ProtobufWriter, signature: Uint8Array, text: Uint8Array): Verdict {
  const answer = callForeign("verify_signature", request.bytes(3, signature).bytes(4, text).finish());
  if (answer.status == Status.BadArgument) return Verdict.BadRequest;
  if (!answer.ok) return Verdict.Unsupported;
  const reader = new ProtobufReader(answer.bytes);
  let valid = false;
  while (reader.next()) {
    if (reader.field == 1) valid = saysTrue(reader);
  }
  return valid && reader.sound ? Verdict.Valid : Verdict.Invalid;
}

/**
 * Has the host sign: RSA (PKCS#1 v1.5) or ECDSA (DER), with a private key as DER (PKCS#8). Null when it cannot, or has
 * no such function. (Envoy, `sign`)
 */
export function sign(hash: SignatureHash, privateKeyDer: Uint8Array, text: Uint8Array): Uint8Array | null {
  return requestSignature(new ProtobufWriter().string(1, nameOf(hash)).bytes(2, privateKeyDer), text);
}

/** As `sign`, with the key as PEM. */
export function signPem(hash: SignatureHash, privateKeyPem: string, text: Uint8Array): Uint8Array | null {
  return requestSignature(new ProtobufWriter().string(1, nameOf(hash)).string(4, privateKeyPem), text);
}

function requestSignature(request: ProtobufWriter, text: Uint8Array): Uint8Array | null {
  const answer = callForeign("sign", request.bytes(3, text).finish());
  if (!answer.ok) return null;
  const reader = new ProtobufReader(answer.bytes);
  let good = false;
  let signature = new Uint8Array(0);
  while (reader.next()) {
    if (reader.field == 1) good = saysTrue(reader);
    else if (reader.field == 2) signature = reader.bytes;
  }
  return good && reader.sound ? signature : null;
}

function saysTrue(reader: ProtobufReader): bool {
  return reader.type == WireType.Varint && reader.number != 0;
}
