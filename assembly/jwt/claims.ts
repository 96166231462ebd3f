import { JsonDocument, JsonNode, JsonType, NO_NODE } from "../config/json";
import { JwtProblem } from "./problem";

const NANOSECONDS: f64 = 1e9;

/** What the claims of a token must be for it to be accepted. (RFC 7519, section 4.1) */
@final
export class JwtRules {
  /** The accepted values of `iss`; none: it is not looked at. */
  issuers: string[] = [];
  /** Those of `aud`, which must name one of them; none: it is not looked at. */
  audiences: string[] = [];
  /** Claims that must be there, with any value but null. */
  required: string[] = [];
  /** Whether there must be an `exp`. */
  requireExpiration: bool = true;
  /** How many seconds the clock of who made the token may differ from ours. */
  clockSkew: f64 = 0;
  /** How many seconds old a token may be by its `iat`, which it must then have; 0: any age. */
  maximumAge: f64 = 0;

  /**
   * Checks claims at a time, in nanoseconds since 1970: the first problem, or `None`. At 0, which is what a host without
   * a clock says, every token with an `exp` has expired.
   */
  check(claims: JsonDocument, now: u64): JwtProblem {
    const problem = this.checkTimes(claims, <f64>now / NANOSECONDS);
    if (problem != JwtProblem.None) return problem;
    const root = claims.root;
    const issuer = claims.member(root, "iss");
    if (issuer != NO_NODE && claims.type(issuer) != JsonType.String) return JwtProblem.ClaimType;
    if (this.issuers.length > 0) {
      if (issuer == NO_NODE || !this.issuers.includes(claims.asString(issuer))) return JwtProblem.Issuer;
    }
    const audience = claims.member(root, "aud");
    if (audience != NO_NODE && !isAudience(claims, audience)) return JwtProblem.ClaimType;
    if (this.audiences.length > 0 && !this.isFor(claims, audience)) return JwtProblem.Audience;
    for (let i = 0; i < this.required.length; i++) {
      const type = claims.type(claims.member(root, this.required[i]));
      if (type == JsonType.Absent || type == JsonType.Null) return JwtProblem.MissingClaim;
    }
    return JwtProblem.None;
  }

  private checkTimes(claims: JsonDocument, now: f64): JwtProblem {
    const exp = claims.member(claims.root, "exp");
    const nbf = claims.member(claims.root, "nbf");
    const iat = claims.member(claims.root, "iat");
    if (!isTimeOrAbsent(claims, exp) || !isTimeOrAbsent(claims, nbf) || !isTimeOrAbsent(claims, iat)) {
      return JwtProblem.ClaimType;
    }
    if (exp == NO_NODE && this.requireExpiration) return JwtProblem.NoExpiration;
    if (exp != NO_NODE && (now == 0 || now >= claims.asF64(exp) + this.clockSkew)) return JwtProblem.Expired;
    if (nbf != NO_NODE && now < claims.asF64(nbf) - this.clockSkew) return JwtProblem.NotYetValid;
    if (this.maximumAge > 0) {
      if (iat == NO_NODE) return JwtProblem.Age;
      const age = now - claims.asF64(iat);
      if (age > this.maximumAge + this.clockSkew || age < -this.clockSkew) return JwtProblem.Age;
    }
    return JwtProblem.None;
  }

  private isFor(claims: JsonDocument, audience: JsonNode): bool {
    if (claims.type(audience) != JsonType.List) return this.accepts(claims, audience);
    let one = claims.first(audience);
    while (one != NO_NODE) {
      if (this.accepts(claims, one)) return true;
      one = claims.next(audience, one);
    }
    return false;
  }

  private accepts(claims: JsonDocument, audience: JsonNode): bool {
    return claims.type(audience) == JsonType.String && this.audiences.includes(claims.asString(audience));
  }
}

/** Whether a claim is a number of seconds, fractions allowed; not one beyond all doubles. */
function isTimeOrAbsent(claims: JsonDocument, claim: JsonNode): bool {
  if (claim == NO_NODE) return true;
  return claims.type(claim) == JsonType.Number && isFinite(claims.asF64(claim));
}

/** Whether a claim is a string, or a list of strings. */
function isAudience(claims: JsonDocument, claim: JsonNode): bool {
  if (claims.type(claim) == JsonType.String) return true;
  if (claims.type(claim) != JsonType.List) return false;
  let one = claims.first(claim);
  while (one != NO_NODE) {
    if (claims.type(one) != JsonType.String) return false;
    one = claims.next(claim, one);
  }
  return true;
}
