import { isSecretHeader } from "../../../../plugins/custom-metrics/secret-headers";

describe("headers with secrets", () => {
  it("are known by how their names end", () => {
    const secret = [
      "authorization",
      "Proxy-Authorization",
      "x_original_AUTHORIZATION",
      "cookie",
      "Set-Cookie",
      "cookie2",
      "x-api-key",
      "X_API_KEY",
      "apikey",
      "x-auth-token",
      "x-amz-security-token",
      "x-goog-iap-jwt-assertion",
      "ocp-apim-subscription-key",
      "x-session-id",
      "x-user-password",
      "client-secret",
    ];
    for (let i = 0; i < secret.length; i++) expect<bool>(isSecretHeader(secret[i])).toBe(true);
  });

  it("are no others", () => {
    const harmless = [
      "x-tenant",
      "x-request-id",
      "host",
      "user-agent",
      "x-token-count",
      "cookie-consent",
      "key",
      "",
    ];
    for (let i = 0; i < harmless.length; i++) expect<bool>(isSecretHeader(harmless[i])).toBe(false);
  });
});
