import { createHmac } from "node:crypto";

/** A text, or anything as JSON, in base64url. */
export const encode = (part: unknown) =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");

/** A token of HS256 whose parts are just these texts. */
export function handMade(header: unknown, claims: unknown, secret: Uint8Array): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
