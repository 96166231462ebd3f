/** A plugin with what it does to bodies. */
export interface BodyFilter {
  plugin: string;
  configuration: Record<string, unknown>;
  allowOnHeadersStopIteration?: boolean;
  /** Which bodies wait until they are complete. */
  holds: ("request" | "response")[];
  /** How many times as long it makes what is held. */
  grows?: number;
}

const doubled = { body: { replace: [["a", "aa"]] } };
const auth = { auth_cluster: "auth", auth_path: "/check", include_headers: ["x-verdict"] };
const quiet = { log_level: "error" };
const large = { max_body_size_bytes: 16 << 20 };

/** Every bundled plugin; those that look at bodies are told to take them as large as they can. */
export const bodyFilters: Record<string, BodyFilter> = {
  "transform that makes bodies longer": {
    plugin: "transform",
    configuration: { ...large, request: doubled, response: doubled, log_level: "error" },
    holds: ["request", "response"],
    grows: 2,
  },
  "transform that holds the headers too": {
    plugin: "transform",
    configuration: { ...large, hold_headers: true, request: doubled, response: doubled, log_level: "error" },
    allowOnHeadersStopIteration: true,
    holds: ["request", "response"],
    grows: 2,
  },
  "transform that logs bodies": {
    plugin: "transform",
    configuration: { ...large, max_body_size_bytes: 1000, log_request_body: true, log_level: "error" },
    holds: [],
  },
  "ext-auth that shows bodies": {
    plugin: "ext-auth",
    configuration: { ...auth, ...large, with_request_body: true, log_level: "error" },
    allowOnHeadersStopIteration: true,
    holds: ["request"],
  },
  cache: {
    plugin: "cache",
    configuration: { ...large, max_entries: 4, log_level: "error" },
    holds: [],
  },
  // These have bodies pass; what they wait for holds them up.
  "rbac-enforcer": {
    plugin: "rbac-enforcer",
    configuration: { policy_endpoint: "http://policy/v1/data/x", policy_cluster: "policy", ...quiet },
    holds: ["request"],
  },
  "basic-auth": {
    plugin: "basic-auth",
    configuration: {
      basic_auth_rules: [{ prefix: "/private", request_methods: ["*"], credentials: ["ann:right"] }],
      ...quiet,
    },
    holds: [],
  },
  "jwt-validator": {
    plugin: "jwt-validator",
    configuration: { jwks_uri: "http://issuer/keys", jwks_cluster: "issuer", allow_missing: true, ...quiet },
    holds: [],
  },
  "rate-limit": {
    plugin: "rate-limit",
    configuration: { requests_per_second: 1_000_000, ...quiet },
    holds: [],
  },
  "custom-headers": {
    plugin: "custom-headers",
    configuration: { header_name: "x-a", header_value: "{request.path}", ...quiet },
    holds: [],
  },
  "custom-metrics": {
    plugin: "custom-metrics",
    configuration: { metrics_prefix: "bodies", ...quiet },
    holds: [],
  },
  hello: { plugin: "hello", configuration: quiet, holds: [] },
};
