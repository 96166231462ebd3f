import { SignatureHash, Verdict, verifySignature } from "../envoy/signatures";
import { JwtAlgorithm, hashBits } from "./algorithm";

/** Whether this host has said that it cannot check signatures. */
// @ts-ignore: decorator
@lazy
let without: bool = false;

/**
 * Has the host check a signature, which takes it a fraction of the time. `Unsupported` where it has no such function;
 * it is then not asked again. `BadRequest` where it does not take the question.
 */
export function checkByHost(
  algorithm: JwtAlgorithm,
  keyDer: Uint8Array,
  signature: Uint8Array,
  text: Uint8Array,
): Verdict {
  if (without) return Verdict.Unsupported;
  const bits = hashBits(algorithm);
  let hash = SignatureHash.Sha256;
  if (bits == 384) hash = SignatureHash.Sha384;
  else if (bits == 512) hash = SignatureHash.Sha512;
  const verdict = verifySignature(hash, keyDer, signature, text);
  without = verdict == Verdict.Unsupported;
  return verdict;
}
