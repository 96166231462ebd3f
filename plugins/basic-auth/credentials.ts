import {
  NO_HEADER,
  Slice,
  base64Bytes,
  credentialsOf,
  decodeBase64,
  equalInConstantTime,
  hexBytes,
  sha256,
  utf8Bytes,
} from "as-proxy-wasm";

const COLON: u8 = 0x3a;
const DELETE: u8 = 0x7f;
const HASH: string = "sha256:";
const HASH_SIZE: i32 = 32;

const FORMS: string = "expected user:password, that in base64, or sha256: and 64 hexadecimal digits";

/**
 * The credentials that a rule takes, each as the SHA-256 of `user:password`: hashes have one length, so that comparing
 * them tells nothing of what they were made of.
 */
@final
export class CredentialSet {
  private readonly hashes: Uint8Array[] = [];

  /**
   * Takes one more, as a configuration writes it. Returns what is wrong with it, "" when nothing is; the answer never
   * has any of the text in it.
   *
   * What begins with `sha256:` is a hash, in any case, so that one with a digit too few is no password by accident. Else
   * a colon makes it `user:password`: base64 has none.
   */
  add(text: string): string {
    if (isHash(text)) {
      const hash = text.startsWith(HASH) ? hexBytes(text.substring(HASH.length)) : null;
      if (hash === null || hash.length != HASH_SIZE) return FORMS;
      this.hashes.push(hash);
      return "";
    }
    const pair = text.includes(":") ? utf8Bytes(text) : base64Bytes(text);
    if (pair === null) return FORMS;
    const colon = pair.indexOf(COLON);
    if (colon < 0) return FORMS;
    if (hasControl(pair)) return "must not have control characters in it, as the line feed that echo adds";
    if (colon == 0 || colon == pair.length - 1) return "must have a user and a password";
    this.hashes.push(sha256(pair));
    return "";
  }

  /** Whether a hash is one of them. It takes as long for one that is none, and looks at all of them in any case. */
  accepts(hash: Uint8Array): bool {
    let accepted: u32 = 0;
    for (let i = 0; i < this.hashes.length; i++) {
      accepted |= <u32>equalInConstantTime(unchecked(this.hashes[i]), hash);
    }
    return accepted != 0;
  }
}

/**
 * The `user:password` in the value of an `authorization` field, as the bytes that the client made base64 of. Null for
 * another scheme, for what is not base64 with its padding, for a text without a colon or with control characters.
 */
export function presentedIn(field: Slice): Uint8Array | null {
  const text = credentialsOf(field, "Basic");
  if (text == NO_HEADER) return null;
  const pair = decodeBase64(text);
  return pair === null || !pair.includes(COLON) || hasControl(pair) ? null : pair;
}

/** The user of a `user:password`. */
export function userOf(pair: Uint8Array): Uint8Array {
  return pair.slice(0, pair.indexOf(COLON));
}

function isHash(text: string): bool {
  if (text.length < HASH.length) return false;
  for (let i = 0; i < HASH.length; i++) {
    const code = text.charCodeAt(i);
    // In lower case, as far as that is a letter.
    if ((code - 0x41 < 26 ? code | 0x20 : code) != HASH.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether there is a control character, which neither user nor password may have. (RFC 7617, 2) */
function hasControl(bytes: Uint8Array): bool {
  for (let i = 0; i < bytes.length; i++) {
    const byte = unchecked(bytes[i]);
    if (byte < 0x20 || byte == DELETE) return true;
  }
  return false;
}
