import { createPublicKey, verify } from "node:crypto";
import { TestModule } from "./module.js";

/** Why a token is not accepted: the numbers of the SDK's `JwtProblem`. */
export const problems = [
  "None",
  "TooLarge",
  "Malformed",
  "Critical",
  "Algorithm",
  "UnknownKey",
  "KeyMismatch",
  "Signature",
  "Expired",
  "NoExpiration",
  "NotYetValid",
  "Age",
  "ClaimType",
  "Issuer",
  "Audience",
  "MissingClaim",
] as const;
export type Problem = (typeof problems)[number];

export interface Rules {
  issuers?: string[];
  audiences?: string[];
  required?: string[];
  requireExpiration?: boolean;
  clockSkew?: number;
  maximumAge?: number;
}

/** The SDK's validation of tokens, in a module. */
export class Tokens {
  /** What the host was asked to verify, and what it said. */
  readonly asked: boolean[] = [];
  private module!: TestModule;

  /** With `verify_signature` of Envoy's, or on a host that lacks it. */
  static async load(withFunction = false): Promise<Tokens> {
    const tokens = new Tokens();
    tokens.module = await TestModule.load("tokens", (name, args) => {
      if (!withFunction || name !== "verify_signature") return null;
      const valid = verifySignature(args);
      tokens.asked.push(valid);
      return Buffer.from(valid ? [0x08, 0x01] : []);
    });
    return tokens;
  }

  /** Takes a set of keys: how many were taken (-1: it is no set), and what was said of the others. */
  useKeys(set: unknown, secrets = false): { count: number; said: string[] } {
    const text = typeof set === "string" || Buffer.isBuffer(set) ? set : JSON.stringify(set);
    const count = this.module.call("useKeys", Buffer.from(text), Number(secrets));
    return { count, said: this.answer().split("\n").filter(Boolean) };
  }

  useRules(rules: Rules): void {
    const lines = (list: string[] = []) => Buffer.from(list.join("\n"));
    this.module.call(
      "useRules",
      lines(rules.issuers),
      lines(rules.audiences),
      lines(rules.required),
      Number(rules.requireExpiration ?? true),
      rules.clockSkew ?? 0,
      rules.maximumAge ?? 0,
    );
  }

  verify(token: string | Uint8Array): Problem {
    return problems[this.module.call("verify", Buffer.from(token))]!;
  }

  /** The verdict on signature and claims, at a time in seconds. */
  accept(token: string, now: number): Problem {
    return problems[this.module.call("accept", Buffer.from(token), now)]!;
  }

  /** The words of the last answer. */
  answer(): string {
    return this.module.bytes(this.module.call("answerSize"), "answerData").toString();
  }
}

/** What Envoy's function does, by Node's own reading of the key and the signature. */
function verifySignature(message: Buffer): boolean {
  const fields: Buffer[] = [];
  for (let at = 0; at < message.length;) {
    const field = message[at++]! >> 3;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    fields[field] = message.subarray(at, (at += size));
  }
  const [, hash, der, signature, text] = fields;
  const key = createPublicKey({ key: der!, format: "der", type: "spki" });
  return verify(hash!.toString(), text!, key, signature!);
}
