import { JsonError, JsonNode, JsonType, NO_NODE, parseJson } from "../config/json";
import { decimal } from "../runtime/decimal";
import { Slice } from "../runtime/slice";
import { JwtAlgorithm } from "./algorithm";
import { readJwk, shown } from "./jwk";
import { JwtKey } from "./key";

/** The default limit for a set, in bytes. */
export const DEFAULT_KEY_SET_SIZE: i32 = 1 << 18;

/** The default limit for the keys of a set. */
export const DEFAULT_KEY_COUNT: i32 = 100;

/** How many keys are tried for one token at most: trying costs time, which anybody could have spent. */
const TRIED_AT_MOST: i32 = 5;

/** The keys that tokens may be signed with. */
@final
export class JwtKeySet {
  readonly keys: JwtKey[] = [];
  /** Why keys of the text were not taken, one line each: `key 2 (kid "a"): the algorithm ES512 is not supported`. */
  readonly skipped: string[] = [];
  /** Why the text is no set of keys at all; empty where it is one. */
  problem: string = "";

  /**
   * The keys that a token's signature may be checked with: those that fit its algorithm and have its `kid`, or, where
   * there are none, those that fit and have no `kid`. For a token without a `kid`: all that fit. At most five.
   */
  candidates(algorithm: JwtAlgorithm, kid: string | null): JwtKey[] {
    const found: JwtKey[] = [];
    if (kid != null) {
      this.collect(found, algorithm, kid);
      if (found.length == 0) this.collect(found, algorithm, null);
      return found;
    }
    for (let i = 0; i < this.keys.length && found.length < TRIED_AT_MOST; i++) {
      if (this.keys[i].fits(algorithm)) found.push(this.keys[i]);
    }
    return found;
  }

  /** Whether a key has this name, whatever it is for. */
  has(kid: string): bool {
    for (let i = 0; i < this.keys.length; i++) {
      if (this.keys[i].kid == kid) return true;
    }
    return false;
  }

  private collect(found: JwtKey[], algorithm: JwtAlgorithm, kid: string | null): void {
    for (let i = 0; i < this.keys.length && found.length < TRIED_AT_MOST; i++) {
      const key = this.keys[i];
      if (key.kid == kid && key.fits(algorithm)) found.push(key);
    }
  }
}

/**
 * Reads a JWK Set (RFC 7517, section 5): strict JSON, an object with a list `keys`. Keys that cannot be used are left
 * out and named in `skipped`; see `readJwk`. Where the text is no such set, or larger than allowed, `problem` says why
 * and there are no keys. Anything may be in the text: nothing here traps.
 */
export function parseKeySet(
  text: Slice,
  secrets: bool,
  maximumSize: i32 = DEFAULT_KEY_SET_SIZE,
  maximumCount: i32 = DEFAULT_KEY_COUNT,
): JwtKeySet {
  const set = new JwtKeySet();
  const document = parseJson(text, maximumSize);
  if (document.error != JsonError.None) {
    set.problem = document.message();
    return set;
  }
  const list = document.member(document.root, "keys");
  if (document.type(list) != JsonType.List) {
    set.problem = "there is no list with the name keys";
    return set;
  }
  let number = 0;
  let jwk: JsonNode = document.first(list);
  while (jwk != NO_NODE) {
    number += 1;
    if (number > maximumCount) {
      set.skipped.push("all after key " + decimal(maximumCount) + ": there are too many");
      break;
    }
    const result = readJwk(document, jwk, secrets);
    const key = result.key;
    if (key != null) {
      set.keys.push(key);
    } else {
      const kid = document.member(jwk, "kid");
      const name =
        document.type(kid) == JsonType.String ? ' (kid "' + shown(document.asString(kid)) + '")' : "";
      set.skipped.push("key " + decimal(number) + name + ": " + result.problem);
    }
    jwk = document.next(list, jwk);
  }
  return set;
}
