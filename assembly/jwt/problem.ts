/** Why a token is not accepted. */
export enum JwtProblem {
  /** Nothing is wrong. */
  None,
  /** It is larger than allowed. */
  TooLarge,
  /** It is not three parts of base64url, of which two are JSON objects with unique, well-typed members. */
  Malformed,
  /** It has header parameters that must be understood (`crit`, `b64`), and none are. */
  Critical,
  /** It is signed by no algorithm that is supported; or by none at all. */
  Algorithm,
  /** There is no key with its `kid`, or without one none that fits its algorithm. */
  UnknownKey,
  /** The key with its `kid` is not for its algorithm. */
  KeyMismatch,
  /** No key that fits makes its signature right. */
  Signature,
  /** `exp` has passed. */
  Expired,
  /** There is no `exp`, and there must be one. */
  NoExpiration,
  /** `nbf` has not come yet. */
  NotYetValid,
  /** `iat` lies too far back, or in the future; or there is none, and age is limited. */
  Age,
  /** `exp`, `nbf`, `iat`, `iss` or `aud` is not of its type. */
  ClaimType,
  /** `iss` is not one of those that are accepted. */
  Issuer,
  /** `aud` names none of those that are accepted. */
  Audience,
  /** A claim that must be there is not. */
  MissingClaim,
}

// @ts-ignore: decorator
@lazy
const DESCRIPTIONS: StaticArray<string> = [
  "",
  "the token is too large",
  "the token is malformed",
  "the token has critical header parameters",
  "the token's algorithm is not supported",
  "the token's key is not known",
  "the token's algorithm does not fit its key",
  "the token's signature is wrong",
  "the token has expired",
  "the token has no expiration time",
  "the token is not valid yet",
  "the token's age is not accepted",
  "a claim of the token is of the wrong type",
  "the token's issuer is not accepted",
  "the token's audience is not accepted",
  "the token lacks a required claim",
];

/** A problem in words that may be told to the client; nothing of the token is in them. Empty for `None`. */
export function describeJwtProblem(problem: JwtProblem): string {
  return DESCRIPTIONS[problem];
}
