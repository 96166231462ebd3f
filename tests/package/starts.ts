/** What a project of a template is configured with, and what its plugin then does. */
export interface Start {
  template: string;
  /** Whether it is made for `apw init`, and not a plugin of the library. */
  isOwn: boolean;
  config: object;
  request?: { path?: string; headers?: Record<string, string> };
  /** What a client sees of the plugin, before the upstream that is built in. */
  seen: { status: number; headers?: Record<string, RegExp>; body?: RegExp };
}

export const starts: readonly Start[] = [
  {
    template: "hello",
    isOwn: true,
    config: { greeting: "you" },
    request: { headers: { "accept-language": "en" } },
    seen: { status: 200, headers: { hello: /^you$/ } },
  },
  {
    template: "custom-header",
    isOwn: true,
    config: { header_name: "x-served-by", header_value: "edge", statuses: ["2xx"] },
    seen: { status: 200, headers: { "x-served-by": /^edge$/ } },
  },
  {
    template: "auth-callout",
    isOwn: true,
    config: { auth_cluster: "nobody" },
    seen: { status: 503, body: /^Nobody can say who you are/ },
  },
  {
    template: "body-rewrite",
    isOwn: true,
    config: { replace: [["/wanted", "/rewritten"]] },
    request: { path: "/wanted" },
    seen: { status: 200, body: /\/rewritten/ },
  },
  {
    template: "basic-auth",
    isOwn: false,
    config: { basic_auth_rules: [{ prefix: "/", request_methods: ["*"], credentials: ["ok:test"] }] },
    seen: { status: 401, headers: { "www-authenticate": /^Basic realm=/ } },
  },
  {
    template: "cache",
    isOwn: false,
    config: {},
    seen: { status: 200, headers: { "x-cache": /^(MISS|BYPASS)$/ } },
  },
  {
    template: "custom-headers",
    isOwn: false,
    config: { header_name: "x-path", header_value: "{request.path}" },
    request: { path: "/here" },
    seen: { status: 200, headers: { "x-path": /^\/here$/ } },
  },
  {
    template: "custom-metrics",
    isOwn: false,
    config: { metrics_prefix: "shop" },
    seen: { status: 200 },
  },
  {
    template: "ext-auth",
    isOwn: false,
    config: { auth_cluster: "nobody", auth_path: "/check" },
    seen: { status: 503, body: /^Auth service unavailable$/ },
  },
  {
    template: "jwt-validator",
    isOwn: false,
    config: {
      jwks: JSON.stringify({
        keys: [{ kty: "oct", k: "LFnLG5oX3kflEfHo_yZQonJs_Rvzu8p8nL_uDafZ9vs", alg: "HS256" }],
      }),
      algorithms: ["HS256"],
    },
    seen: { status: 401, headers: { "www-authenticate": /^Bearer/ } },
  },
  {
    template: "rate-limit",
    isOwn: false,
    config: { requests_per_second: 10, burst_size: 20 },
    seen: { status: 200, headers: { "x-ratelimit-limit": /./ } },
  },
  {
    template: "rbac-enforcer",
    isOwn: false,
    config: { policy_endpoint: "http://opa/v1/data/authz", policy_cluster: "nobody" },
    seen: { status: 503 },
  },
  {
    template: "transform",
    isOwn: false,
    config: { response: { set: [["x-frame-options", "DENY"]] } },
    seen: { status: 200, headers: { "x-frame-options": /^DENY$/ } },
  },
];
