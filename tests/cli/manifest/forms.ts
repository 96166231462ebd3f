import { fileURLToPath } from "node:url";
import type { ManifestOptions } from "../../../cli/manifest/command.js";

/** Every form of deployment, as one asks for it. */
export interface Form {
  name: string;
  plugins: string[];
  options: Partial<ManifestOptions>;
}

export const usual: ManifestOptions = {
  kind: "wasmplugin",
  listen: 10000,
  adminPort: 9901,
  upstream: "127.0.0.1:8080",
};

export const digest = "3c8b7a2b2e1f1f6d7f0f0e6d8b9e6a0c6d8f2f3a4b5c6d7e8f90a1b2c3d4e5f6";
/** A project whose plugin is a filter of connections. */
const tcp = fileURLToPath(new URL("tcp-project", import.meta.url));
const selector = { app: "web" };
const remote = { kind: "envoyfilter", image: "https://files.example.com/a.wasm", sha256: digest } as const;

/** Configurations of plugins that call an address. */
export const atAddresses: { name: string; plugin: string; config: Record<string, unknown> }[] = [
  {
    name: "by HTTP",
    plugin: "rbac-enforcer",
    config: { policy_endpoint: "http://10.1.2.3:8181/v1/data/authz" },
  },
  {
    name: "by HTTPS",
    plugin: "rbac-enforcer",
    config: { policy_endpoint: "https://10.1.2.3/v1/data/authz" },
  },
  { name: "of IPv6", plugin: "jwt-validator", config: { jwks_uri: "https://[fd00::7]:8443/keys" } },
  { name: "of IPv6, the loopback's", plugin: "jwt-validator", config: { jwks_uri: "http://[::1]:80/keys" } },
  {
    name: "named by its cluster",
    plugin: "ext-auth",
    config: { auth_cluster: "outbound|9000||10.1.2.3", auth_path: "/check" },
  },
  {
    name: "with its port alone",
    plugin: "rate-limit",
    config: { requests_per_second: 1, global: { cluster: "10.1.2.3:8081", domain: "shop" } },
  },
  {
    name: "of gRPC, with a scheme",
    plugin: "rate-limit",
    config: { requests_per_second: 1, global: { cluster: "http://10.1.2.3:8081", domain: "shop" } },
  },
  {
    name: "in an override",
    plugin: "rbac-enforcer",
    config: {
      policy_endpoint: "http://opa.policy:8181/v1/data/authz",
      overrides: [
        { match: { path_prefix: "/a" }, config: null },
        { match: { path_prefix: "/b" }, config: { policy_endpoint: "http://10.1.2.3:8181/v1/data/b" } },
      ],
    },
  },
];

export const forms: Form[] = [
  ...[
    "basic-auth",
    "cache",
    "custom-headers",
    "custom-metrics",
    "ext-auth",
    "hello",
    "jwt-validator",
    "rate-limit",
    "rbac-enforcer",
    "transform",
  ].map((plugin): Form => ({
    name: `${plugin} as it comes`,
    plugins: [plugin],
    options: { namespace: "shop" },
  })),
  { name: "by labels, with ports", plugins: ["hello"], options: { selector, port: [8080, 8443] } },
  { name: "at a Gateway", plugins: ["hello"], options: { gateway: "main", namespace: "shop" } },
  { name: "at a Service", plugins: ["hello"], options: { service: "web" } },
  { name: "several over the phases", plugins: ["custom-metrics", "hello"], options: { selector } },
  {
    name: "several of one phase",
    plugins: ["rate-limit", "jwt-validator", "basic-auth", "rbac-enforcer"],
    options: { selector },
  },
  {
    name: "secure",
    plugins: ["basic-auth"],
    options: { secure: true, sha256: digest, pullSecret: "pull", selector },
  },
  {
    name: "secure, from a web server",
    plugins: ["hello"],
    options: {
      secure: true,
      failStrategy: "FAIL_CLOSE",
      image: "https://files.example.com/hello.wasm",
      sha256: digest,
    },
  },
  {
    name: "canary beside stable",
    plugins: ["hello"],
    options: { selector, canary: "oci://r.example.com/hello:2", canarySha256: digest },
  },
  { name: "debug", plugins: ["custom-headers"], options: { debug: true, selector } },
  {
    name: "with an environment",
    plugins: ["hello"],
    options: {
      selector,
      env: [
        { name: "A", value: "b" },
        { name: "POD_NAME", valueFrom: "HOST" },
      ],
    },
  },
  {
    name: "of connections",
    plugins: [tcp],
    options: { selector, image: "oci://r.example.com/tcp:1" },
  },
  {
    name: "outbound",
    plugins: ["hello"],
    options: { mode: "CLIENT", selector },
  },
  ...atAddresses.map(({ name, plugin, config }): Form => ({
    name: `a service at an address, ${name}`,
    plugins: [plugin],
    options: { config: JSON.stringify(config), selector, namespace: "shop" },
  })),
  {
    name: "EnvoyFilter with a module and a service at addresses",
    plugins: ["rbac-enforcer"],
    options: {
      ...remote,
      image: "http://10.1.2.3/a.wasm",
      selector,
      config: JSON.stringify(atAddresses[0]!.config),
    },
  },
  {
    name: "EnvoyFilter before pods",
    plugins: ["hello"],
    options: { ...remote, selector, namespace: "shop" },
  },
  {
    name: "EnvoyFilter at a gateway",
    plugins: ["hello"],
    options: { ...remote, selector: { istio: "ingressgateway" }, proxyVersion: "^1\\.3[01].*" },
  },
  { name: "EnvoyFilter at a Gateway", plugins: ["hello"], options: { ...remote, gateway: "main" } },
  {
    name: "EnvoyFilter of a plugin that holds headers",
    plugins: ["ext-auth"],
    options: {
      ...remote,
      selector,
      config:
        '{"auth_cluster": "outbound|9000||authz.example.com", "auth_path": "/", "with_request_body": true}',
    },
  },
  {
    name: "EnvoyFilter of connections",
    plugins: [tcp],
    options: { ...remote, selector },
  },
];
