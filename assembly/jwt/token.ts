import { JsonDocument, JsonError, JsonType, NO_NODE, parseJson } from "../config/json";
import { decodeBase64url } from "../crypto/base64";
import { Slice, copyOf, dataOf, sizeOf, slice, sliceOf } from "../runtime/slice";
import { JwtAlgorithm, jwtAlgorithm } from "./algorithm";
import { JwtKeySet } from "./key-set";
import { JwtProblem } from "./problem";

/** The default limit for a token, in bytes. */
export const DEFAULT_TOKEN_SIZE: i32 = 16384;

const DOT: u32 = 0x2e;

/**
 * Reads a token: a JWT as a JWS in the compact serialization (RFC 7519, section 7.2; RFC 7515, section 5.2). Anything
 * may be in the text: nothing here traps. The token keeps a copy of it, and can wait for keys to come.
 *
 * Refused are: what is longer than `maximumSize`, before a byte of it is read; anything but three parts in base64url
 * without padding; a header or a payload that is no JSON object, or has a member twice; header parameters that change
 * what the signature means (`crit`, `b64`); and algorithms that are not supported, of which `none` is one.
 */
export function parseJwt(text: Slice, maximumSize: i32 = DEFAULT_TOKEN_SIZE): Jwt {
  return new Jwt(text, maximumSize);
}

/** A token: what it claims, and whether that can be relied upon. Its fields are for reading. */
@final
export class Jwt {
  /** Why it is no token that can be checked. Where there is such a problem, do not use what is below. */
  problem: JwtProblem = JwtProblem.None;
  algorithm: JwtAlgorithm = JwtAlgorithm.Unknown;
  /** The name of the key that it was signed with; null where it names none. */
  kid: string | null = null;
  /** The header's `typ`; null where it has none. */
  type: string | null = null;
  header: JsonDocument;
  /** The payload. Nothing in it is true before the signature is checked. */
  claims: JsonDocument;
  /** The payload as it came, in base64url. */
  payload: Uint8Array = new Uint8Array(0);
  /** What was signed: the first two parts with the dot between them. */
  private signed: Uint8Array = new Uint8Array(0);
  private signature: Uint8Array = new Uint8Array(0);

  constructor(text: Slice, maximumSize: i32) {
    this.header = parseJson(0);
    this.claims = parseJson(0);
    this.problem = sizeOf(text) > <usize>max(maximumSize, 0) ? JwtProblem.TooLarge : this.read(text);
  }

  /**
   * Checks the signature with the keys of a set that fit: `None` where one of them makes it right. `UnknownKey` may
   * mean that the set is older than the key.
   */
  verify(keys: JwtKeySet): JwtProblem {
    if (this.problem != JwtProblem.None) return this.problem;
    const candidates = keys.candidates(this.algorithm, this.kid);
    for (let i = 0; i < candidates.length; i++) {
      if (candidates[i].verify(this.algorithm, this.signature, this.signed)) return JwtProblem.None;
    }
    if (candidates.length > 0) return JwtProblem.Signature;
    const kid = this.kid;
    return kid != null && keys.has(kid) ? JwtProblem.KeyMismatch : JwtProblem.UnknownKey;
  }

  private read(text: Slice): JwtProblem {
    const data = dataOf(text);
    const end = data + sizeOf(text);
    const first = dotAfter(data, end);
    const second = first < end ? dotAfter(first + 1, end) : end;
    // A further dot would be a part of the signature, and is no base64url.
    if (second == end) return JwtProblem.Malformed;
    const header = jsonObject(slice(data, first - data));
    if (header == null) return JwtProblem.Malformed;
    this.header = header;
    const problem = this.readHeader(header);
    if (problem != JwtProblem.None) return problem;
    const claims = jsonObject(slice(first + 1, second - first - 1));
    const signature = decodeBase64url(slice(second + 1, end - second - 1));
    if (claims == null || signature == null) return JwtProblem.Malformed;
    this.claims = claims;
    this.payload = copyOf(slice(first + 1, second - first - 1));
    this.signed = copyOf(slice(data, second - data));
    this.signature = signature;
    return JwtProblem.None;
  }

  private readHeader(header: JsonDocument): JwtProblem {
    const alg = header.member(header.root, "alg");
    const kid = header.member(header.root, "kid");
    const typ = header.member(header.root, "typ");
    const b64 = header.member(header.root, "b64");
    if (header.type(alg) != JsonType.String) return JwtProblem.Malformed;
    if (kid != NO_NODE && header.type(kid) != JsonType.String) return JwtProblem.Malformed;
    if (typ != NO_NODE && header.type(typ) != JsonType.String) return JwtProblem.Malformed;
    if (header.member(header.root, "crit") != NO_NODE) return JwtProblem.Critical;
    if (b64 != NO_NODE && !header.asBool(b64)) return JwtProblem.Critical;
    this.algorithm = jwtAlgorithm(header.asString(alg));
    if (kid != NO_NODE) this.kid = header.asString(kid);
    if (typ != NO_NODE) this.type = header.asString(typ);
    return this.algorithm == JwtAlgorithm.Unknown ? JwtProblem.Algorithm : JwtProblem.None;
  }
}

function dotAfter(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != DOT) at += 1;
  return at;
}

/** The JSON object that base64url stands for. */
function jsonObject(part: Slice): JsonDocument | null {
  const bytes = decodeBase64url(part);
  if (bytes == null) return null;
  const document = parseJson(sliceOf(bytes));
  if (document.error != JsonError.None || document.type(document.root) != JsonType.Object) return null;
  document.keep(bytes);
  return document;
}
