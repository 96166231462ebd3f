import { lowerCaseText } from "as-proxy-wasm";

/** How the names of headers end that carry what nobody but the service may read. `-` stands for `_` too. */
const SECRETS: string[] = [
  "authorization",
  "cookie",
  "cookie2",
  "token",
  "secret",
  "password",
  "passwd",
  "credential",
  "credentials",
  "api-key",
  "apikey",
  "access-key",
  "subscription-key",
  "jwt",
  "assertion",
  "session",
  "session-id",
  "sessionid",
];

/** Whether a header of this name is one whose values must not show in a metric, which anybody may read. */
export function isSecretHeader(name: string): bool {
  const lower = lowerCaseText(name).replaceAll("_", "-");
  for (let i = 0; i < SECRETS.length; i++) {
    if (lower.endsWith(SECRETS[i])) return true;
  }
  return false;
}
