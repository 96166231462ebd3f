import { generateKeyPairSync, sign } from "node:crypto";
import type { HttpFilter } from "../cli/envoy/filters.js";
import { buildPlugin } from "../cli/plugins.js";
import { nativeBasicAuth } from "./peers.js";
import { basic, users } from "./workloads.js";

/** A plugin of the library beside the filter of Envoy's own that does the same for this request, which both let pass. */
export interface LibraryPair {
  plugin: string;
  configuration: Record<string, unknown>;
  native: HttpFilter & { name: string };
  headers: readonly (readonly [string, string])[];
}

const type = (name: string) => `type.googleapis.com/envoy.extensions.filters.http.${name}`;
const all = { numerator: 100, denominator: "HUNDRED" };
/** More than any machine asks for: both count, and refuse nobody. */
const many = 1_000_000;

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A key of this process's, and a token that it has signed. */
function keyAndToken(): { jwks: object; token: string } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "RS256", use: "sig" };
  const claims = { iss: "https://issuer.example", aud: "shop", sub: "carol", exp: 4_102_444_800 };
  const signed = `${base64url({ alg: "RS256", kid: "bench", typ: "JWT" })}.${base64url(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), privateKey).toString("base64url");
  return { jwks: { keys: [jwk] }, token: `${signed}.${signature}` };
}

const { jwks, token } = keyAndToken();

export const library: readonly LibraryPair[] = [
  {
    plugin: "custom-headers",
    configuration: { header_name: "x-served-by", header_value: "gateway-1", response_codes: [200] },
    native: {
      name: "envoy.filters.http.header_mutation",
      typed_config: {
        "@type": type("header_mutation.v3.HeaderMutation"),
        mutations: {
          response_mutations: [
            {
              append: {
                header: { key: "x-served-by", value: "gateway-1" },
                append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
              },
            },
          ],
        },
      },
    },
    headers: [],
  },
  {
    plugin: "basic-auth",
    configuration: {
      basic_auth_rules: [
        {
          prefix: "/",
          request_methods: ["*"],
          credentials: users.map(({ name, password }) => `${name}:${password}`),
        },
      ],
      forward_user_header: "x-user",
    },
    native: nativeBasicAuth,
    headers: [["authorization", basic("carol:open:sesame")]],
  },
  {
    plugin: "rate-limit",
    configuration: { requests_per_second: many, burst_size: many, key_type: "remote_address" },
    native: {
      name: "envoy.filters.http.local_ratelimit",
      typed_config: {
        "@type": type("local_ratelimit.v3.LocalRateLimit"),
        stat_prefix: "bench",
        token_bucket: { max_tokens: many, tokens_per_fill: many, fill_interval: "1s" },
        filter_enabled: { default_value: all },
        filter_enforced: { default_value: all },
      },
    },
    headers: [],
  },
  {
    plugin: "jwt-validator",
    configuration: { jwks, issuer: "https://issuer.example", audiences: ["shop"] },
    native: {
      name: "envoy.filters.http.jwt_authn",
      typed_config: {
        "@type": type("jwt_authn.v3.JwtAuthentication"),
        providers: {
          bench: {
            issuer: "https://issuer.example",
            audiences: ["shop"],
            local_jwks: { inline_string: JSON.stringify(jwks) },
          },
        },
        rules: [{ match: { prefix: "/" }, requires: { provider_name: "bench" } }],
      },
    },
    headers: [["authorization", `Bearer ${token}`]],
  },
  {
    plugin: "ext-auth",
    configuration: { auth_cluster: "service", auth_path: "/check", mode: "http" },
    native: {
      name: "envoy.filters.http.ext_authz",
      typed_config: {
        "@type": type("ext_authz.v3.ExtAuthz"),
        http_service: {
          server_uri: { uri: "http://service", cluster: "service", timeout: "1s" },
          path_prefix: "/check",
        },
      },
    },
    headers: [],
  },
];

/** The plugin's filter, and Envoy's. */
export async function filtersOf({ plugin, configuration, native }: LibraryPair): Promise<HttpFilter[]> {
  const { file } = await buildPlugin(plugin);
  return [{ name: plugin, code: file, rootId: plugin, vmId: plugin, configuration }, native];
}
