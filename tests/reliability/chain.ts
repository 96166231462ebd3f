import { createSign, generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { compilePlugin } from "../../cli/compile.js";
import { testModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import type { Cluster } from "../../cli/envoy/bootstrap.js";
import type { PluginFilter } from "../envoy/harness.js";
import { Service } from "./service.js";

let module: Promise<string> | undefined;

/** The module of `fixtures/witness`, which counts contexts and does harm where it is asked to. */
export const witness = (): Promise<string> =>
  (module ??= compilePlugin(join(root, "tests", "reliability", "fixtures", "witness"), testModules).then(
    ({ file }) => file,
  ));

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: "k", alg: "RS256", use: "sig" };

function token(sub: string, exp: number, key = pair.privateKey): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", kid: "k" })}.${part({ sub, exp })}`;
  return `${text}.${createSign("sha256").update(text).sign(key).toString("base64url")}`;
}

const later = Math.floor(Date.now() / 1000) + 1_000_000;

/** What a client may show for a token: one that is good, and others. */
export const tokens = {
  good: token("ann", later),
  expired: token("ann", later - 2_000_000),
  forged: token("ann", later, stranger.privateKey),
  rubbish: "a.b.c",
};

/** Further settings, each beside its plugin's. */
export type Changes = Partial<Record<string, Record<string, unknown>>>;

/** `user:password` as `authorization` has it. */
export const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

export const burst = 10;
export const refillPerSecond = 0.001;

const auth = {
  auth_cluster: "auth",
  auth_path: "/check",
  timeout_ms: 20_000,
  include_headers: ["x-verdict"],
  add_request_headers_from_response: ["x-identity"],
};
const skip = ["/open", "/limited", "/private", "/cached", "/own", "/echo"].map((path_prefix) => ({
  path_prefix,
}));
const policy = { policy_endpoint: "http://policy/v1/data/x", policy_cluster: "policy", timeout_ms: 20_000 };
const changing = {
  request: { body: { json: { set: { seen: true } } } },
  response: { body: { replace: [["SECRET", "hidden"]] }, remove: ["x-internal"] },
  max_body_size_bytes: 900_000,
};

/**
 * The settings of each bundled plugin, in the order in which a request meets them. Those that mark every answer come
 * first: a denial is seen by filters nearer the client alone.
 */
const settings: Record<string, Record<string, unknown>> = {
  "custom-metrics": { metrics_prefix: "chain", max_series: 100 },
  "custom-headers": { headers: [{ name: "x-chain", value: "{request.path}", action: "set" }] },
  hello: {},
  "rate-limit": {
    requests_per_second: 1_000_000_000,
    key_type: "method",
    rules: [
      {
        match: { path_prefix: "/limited" },
        requests_per_second: refillPerSecond,
        burst_size: burst,
        key_type: "header:x-client",
      },
    ],
  },
  "basic-auth": {
    basic_auth_rules: [{ prefix: "/private", request_methods: ["*"], credentials: ["ann:right"] }],
    forward_user_header: "x-user",
    remove_authorization: true,
  },
  "jwt-validator": {
    jwks_uri: "http://issuer/keys",
    jwks_cluster: "issuer",
    jwks_refresh_seconds: 1,
    from_headers: [{ name: "x-token", prefix: "" }],
    claim_to_headers: [{ claim: "sub", header: "x-sub" }],
    allow_missing: true,
  },
  "ext-auth": {
    ...auth,
    skip: [...skip, { path_prefix: "/policy" }],
    overrides: [
      {
        match: { path_prefix: "/batched" },
        config: { ...auth, batch_external_calls: true, batch_size: 8, batch_timeout_ms: 10 },
      },
      {
        match: { path_prefix: "/remembered" },
        config: { ...auth, enable_caching: true, cache_max_entries: 50, cache_ttl_seconds: 1 },
      },
    ],
  },
  "rbac-enforcer": {
    ...policy,
    skip: [...skip, ...["/auth", "/batched", "/remembered"].map((path_prefix) => ({ path_prefix }))],
    include_headers: ["x-verdict"],
  },
  cache: { cache_ttl_seconds: 0, max_entries: 100, max_body_size_bytes: 65_536 },
  transform: {
    remove_response_headers: ["x-internal"],
    overrides: ["/echo", "/cached"].map((path_prefix) => ({ match: { path_prefix }, config: changing })),
  },
};

export const bundled = Object.keys(settings);

/** All bundled plugins one behind the other, with the witness before them. */
export async function chain(changes: Changes = {}): Promise<PluginFilter[]> {
  return [
    { name: "witness", code: await witness() },
    ...Object.entries(settings).map(([plugin, configuration]) => ({
      plugin,
      configuration: { log_level: "error", ...configuration, ...changes[plugin] },
    })),
  ];
}

type Question = { path: string; headers: [string, string][] };

/** What the service of ext-auth says of one question. */
function verdict({ headers }: Question): unknown {
  const wish = headers.find(([name]) => name === "x-verdict")?.[1];
  if (wish === "odd") return { allowed: "perhaps" };
  return wish === "deny"
    ? { allowed: false, reason: "as wished" }
    : { allowed: true, headers: { "x-identity": "known" } };
}

/** The services that the chain asks. */
export class Services {
  private constructor(
    readonly auth: Service,
    readonly policy: Service,
    readonly issuer: Service,
  ) {}

  static async start(): Promise<Services> {
    const json = (value: unknown) => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify(value),
    });
    return new Services(
      await Service.start(({ body }) => {
        const question = JSON.parse(body) as Question | { requests: Question[] };
        if ("requests" in question) return json({ results: question.requests.map(verdict) });
        return question.headers.some(([, value]) => value === "down") ? "reset" : json(verdict(question));
      }),
      await Service.start(({ body }) => {
        const { input } = JSON.parse(body) as {
          input: { attributes: { request: { http: { headers: Record<string, string> } } } };
        };
        const wish = input.attributes.request.http.headers["x-verdict"];
        if (wish === "down") return "reset";
        return json(wish === "odd" ? { result: 7 } : { result: wish !== "deny" });
      }),
      await Service.start(() => json({ keys: [jwk] })),
    );
  }

  get clusters(): Cluster[] {
    return Object.entries({ auth: this.auth, policy: this.policy, issuer: this.issuer }).map(
      ([name, { port }]) => ({
        name,
        address: { port },
        more: wide,
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.auth.stop(), this.policy.stop(), this.issuer.stop()]);
  }
}

const most = {
  max_connections: 10_000,
  max_pending_requests: 100_000,
  max_requests: 100_000,
  max_retries: 1,
};

/** Lets a cluster have as many requests at once as come: Envoy's own limit would answer 503. */
export const wide = { circuit_breakers: { thresholds: [most] } };
