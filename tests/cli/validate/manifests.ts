/** Manifests for `apw validate`: broken ones with what must be found, and good ones. */

export interface Broken {
  name: string;
  text: string;
  /** What must be found, exactly once, ... */
  rule: string;
  /** ... on this line. */
  line: number;
  level?: "error" | "warning" | "notice";
  /** What `--fix` makes of it. */
  fixed?: string;
}

/** A WasmPlugin with nothing wrong with it, but what is changed. */
const plugin = (spec: string, head = "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin"): string =>
  `${head}
metadata:
  name: auth
  namespace: shop
spec:
  url: oci://registry.example.com/mine:1.0
${spec}`;

const matched = "  match:\n    - mode: SERVER\n";
const swap = (text: string, from: string, to: string): string => {
  if (!text.includes(from)) throw new Error(`${from} is not in the text`);
  return text.replace(from, to);
};

const withUrl = (url: string, more = ""): string =>
  swap(plugin(matched + more), "oci://registry.example.com/mine:1.0", url);

const envoyFilter = (patches: string): string => `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata:
  name: mine
  namespace: shop
spec:
  configPatches:
${patches}`;

const wasmPatch = `    - applyTo: HTTP_FILTER
      match:
        context: SIDECAR_INBOUND
        proxy:
          proxyVersion: ^1\\.31.*
        listener:
          filterChain:
            filter:
              name: envoy.filters.network.http_connection_manager
              subFilter:
                name: envoy.filters.http.router
      patch:
        operation: INSERT_BEFORE
        value:
          name: mine
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
            config:
              name: basic-auth
              root_id: basic-auth
              vm_config:
                runtime: envoy.wasm.runtime.v8
                code:
                  remote:
                    http_uri:
                      uri: https://example.com/basic-auth.wasm
                      cluster: outbound|443||example.com
                      timeout: 10s
                    sha256: 3c8b7a2b2e1f1f6d7f0f0e6d8b9e6a0c6d8f2f3a4b5c6d7e8f90a1b2c3d4e5f6
              configuration:
                "@type": type.googleapis.com/google.protobuf.StringValue
                value: |
                  {"basic_auth_rules": [{"prefix": "/", "request_methods": ["GET"], "credentials": ["a:b"]}]}
`;

const changed = (from: string, to: string): string => envoyFilter(swap(wasmPatch, from, to));

const ecds = `    - applyTo: HTTP_FILTER
      match:
        context: GATEWAY
        listener:
          filterChain:
            filter:
              name: envoy.filters.network.http_connection_manager
      patch:
        operation: INSERT_BEFORE
        value:
          name: mine
          config_discovery:
            config_source:
              ads: {}
            type_urls: [type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm]
    - applyTo: EXTENSION_CONFIG
      match:
        context: GATEWAY
      patch:
        operation: ADD
        value:
          name: mine
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
            config:
              vm_config:
                runtime: envoy.wasm.runtime.v8
                code:
                  local:
                    filename: /var/local/mine.wasm
`;

const sha = "3c8b7a2b2e1f1f6d7f0f0e6d8b9e6a0c6d8f2f3a4b5c6d7e8f90a1b2c3d4e5f6";

export const broken: Broken[] = [
  { name: "YAML that is none", text: "apiVersion: [\n", rule: "yaml", line: 2 },
  { name: "a list in place of an object", text: "- a\n- b\n", rule: "yaml", line: 1 },
  { name: "no kind", text: "apiVersion: v1\nmetadata: {}\n", rule: "kind", line: 1 },
  {
    name: "a version that was never there",
    text: plugin(matched, "apiVersion: extensions.istio.io/v1\nkind: WasmPlugin"),
    rule: "api-version",
    line: 1,
    fixed: plugin(matched),
  },
  {
    name: "the version of another kind",
    text: plugin(matched, "apiVersion: networking.istio.io/v1alpha3\nkind: WasmPlugin"),
    rule: "api-version",
    line: 1,
    fixed: plugin(matched),
  },
  {
    name: "a kind in another spelling",
    text: plugin(matched, "apiVersion: extensions.istio.io/v1alpha1\nkind: WASMPlugin"),
    rule: "kind",
    line: 2,
    fixed: plugin(matched),
  },
  { name: "no name", text: swap(plugin(matched), "  name: auth\n", ""), rule: "wasmplugin/missing", line: 3 },
  {
    name: "a name that Kubernetes refuses",
    text: swap(plugin(matched), "name: auth", "name: My_Auth"),
    rule: "wasmplugin/pattern",
    line: 4,
  },
  {
    name: "a misspelt key",
    text: plugin(`  failStratagy: FAIL_CLOSE\n${matched}`),
    rule: "wasmplugin/unknown-field",
    line: 8,
    fixed: plugin(`  failStrategy: FAIL_CLOSE\n${matched}`),
  },
  {
    name: "a key in another style",
    text: plugin(`  plugin_config: # what it does\n    a: 1\n${matched}`),
    rule: "wasmplugin/unknown-field",
    line: 8,
    fixed: plugin(`  pluginConfig: # what it does\n    a: 1\n${matched}`),
  },
  {
    name: "a key that is like no other",
    text: plugin(`  replicas: 3\n${matched}`),
    rule: "wasmplugin/unknown-field",
    line: 8,
  },
  {
    name: "a phase that there is not",
    text: plugin(`  phase: AUTH\n${matched}`),
    rule: "wasmplugin/choice",
    line: 8,
  },
  {
    name: "Envoy's word for Istio's",
    text: plugin(`  failStrategy: FAIL_CLOSED\n${matched}`),
    rule: "wasmplugin/choice",
    line: 8,
    fixed: plugin(`  failStrategy: FAIL_CLOSE\n${matched}`),
  },
  {
    name: "no url",
    text: swap(plugin(matched), "  url: oci://registry.example.com/mine:1.0\n", ""),
    rule: "wasmplugin/missing",
    line: 6,
  },
  {
    name: "a url without a scheme, with a port, that Istio drops",
    text: withUrl("127.0.0.1:5000/mine:1"),
    rule: "wasmplugin/url-scheme",
    line: 7,
    fixed: withUrl("oci://127.0.0.1:5000/mine:1"),
  },
  {
    name: "a url without a scheme",
    text: withUrl("registry.example.com/mine:1"),
    rule: "wasmplugin/url-scheme",
    line: 7,
    level: "warning",
  },
  {
    name: "a scheme that Istio does not know",
    text: withUrl("ftp://example.com/mine.wasm"),
    rule: "wasmplugin/url-scheme",
    line: 7,
  },
  {
    name: "Docker's scheme",
    text: withUrl("docker://registry.example.com/mine:1"),
    rule: "wasmplugin/url-scheme",
    line: 7,
  },
  {
    name: "a url with a space",
    text: withUrl("'oci://registry.example.com/mi ne'"),
    rule: "wasmplugin/url",
    line: 7,
  },
  {
    name: "an image without a tag",
    text: withUrl("oci://registry.example.com/mine"),
    rule: "wasmplugin/floating-tag",
    line: 7,
    level: "warning",
  },
  {
    name: "an image that is the latest",
    text: withUrl("oci://registry.example.com:5000/mine:latest"),
    rule: "wasmplugin/floating-tag",
    line: 7,
    level: "warning",
  },
  {
    name: "a digest with its prefix",
    text: plugin(`  sha256: sha256:${sha}\n${matched}`),
    rule: "wasmplugin/sha256",
    line: 8,
    fixed: plugin(`  sha256: ${sha}\n${matched}`),
  },
  {
    name: "a digest in upper case",
    text: plugin(`  sha256: ${sha.toUpperCase()}\n${matched}`),
    rule: "wasmplugin/sha256",
    line: 8,
    fixed: plugin(`  sha256: ${sha}\n${matched}`),
  },
  {
    name: "a digest that is too short",
    text: plugin(`  sha256: abc\n${matched}`),
    rule: "wasmplugin/pattern",
    line: 8,
  },
  {
    name: "two digests",
    text: withUrl(`oci://registry.example.com/mine@sha256:${sha}`, `  sha256: ${sha.replace("3", "4")}\n`),
    rule: "wasmplugin/sha256",
    line: 10,
  },
  {
    name: "a digest in the url that is none",
    text: withUrl("oci://registry.example.com/mine@sha256:12"),
    rule: "wasmplugin/url-digest",
    line: 7,
  },
  {
    name: "selector and targetRefs",
    text: plugin(
      `  selector:\n    matchLabels: { app: a }\n  targetRefs:\n    - { kind: Service, name: a }\n${matched}`,
    ),
    rule: "wasmplugin/targets",
    line: 10,
  },
  {
    name: "a Gateway without its group",
    text: plugin("  targetRefs:\n    - kind: Gateway\n      name: a\n"),
    rule: "wasmplugin/target-group",
    line: 9,
    fixed: plugin(
      "  targetRefs:\n    - kind: Gateway\n      name: a\n      group: gateway.networking.k8s.io\n",
    ),
  },
  {
    name: "a target in another namespace",
    text: plugin(`  targetRefs:\n    - { kind: Service, name: a, namespace: b }\n${matched}`),
    rule: "wasmplugin/maxLength",
    line: 9,
  },
  {
    name: "a wildcard in a selector",
    text: plugin(`  selector:\n    matchLabels:\n      app: "a*"\n${matched}`),
    rule: "wasmplugin/pattern",
    line: 10,
  },
  {
    name: "the root namespace without a selector",
    text: swap(plugin(matched), "namespace: shop", "namespace: istio-system"),
    rule: "wasmplugin/everywhere",
    line: 6,
    level: "warning",
  },
  {
    name: "a port of 0",
    text: plugin("  match:\n    - mode: SERVER\n      ports:\n        - number: 0\n"),
    rule: "wasmplugin/minimum",
    line: 11,
  },
  {
    name: "a port above all",
    text: plugin("  match:\n    - mode: SERVER\n      ports:\n        - number: 65536\n"),
    rule: "wasmplugin/maximum",
    line: 11,
  },
  {
    name: "ports as plain numbers",
    text: plugin("  match:\n    - mode: SERVER\n      ports: [8080]\n"),
    rule: "wasmplugin/type",
    line: 10,
  },
  {
    name: "a port twice",
    text: plugin("  match:\n    - mode: SERVER\n      ports:\n        - number: 80\n        - number: 80\n"),
    rule: "wasmplugin/port-twice",
    line: 12,
  },
  {
    name: "match as an object",
    text: plugin("  match:\n    mode: SERVER\n"),
    rule: "wasmplugin/type",
    line: 8,
  },
  {
    name: "no mode: inbound and outbound",
    text: plugin(""),
    rule: "wasmplugin/both-directions",
    line: 6,
    level: "warning",
  },
  {
    name: "ports without a mode",
    text: plugin("  match:\n    - ports:\n        - number: 80\n"),
    rule: "wasmplugin/both-directions",
    line: 9,
    level: "warning",
  },
  {
    name: "SERVER at a gateway",
    text: plugin(`  selector:\n    matchLabels:\n      istio: ingressgateway\n${matched}`),
    rule: "wasmplugin/gateway-mode",
    line: 12,
    level: "warning",
    fixed: plugin(
      `  selector:\n    matchLabels:\n      istio: ingressgateway\n${matched.replace("SERVER", "CLIENT")}`,
    ),
  },
  {
    name: "a priority in quotes",
    text: plugin(`  priority: "10"\n${matched}`),
    rule: "wasmplugin/type",
    line: 8,
    fixed: plugin(`  priority: 10\n${matched}`),
  },
  {
    name: "a priority with a fraction",
    text: plugin(`  priority: 1.5\n${matched}`),
    rule: "wasmplugin/type",
    line: 8,
  },
  {
    name: "a priority beyond 32 bits",
    text: plugin(`  priority: 3000000000\n${matched}`),
    rule: "wasmplugin/maximum",
    line: 8,
  },
  {
    name: "a comment that says low comes first",
    text: plugin(`  priority: 1 # the lowest runs first\n${matched}`),
    rule: "wasmplugin/priority-order",
    line: 8,
    level: "warning",
  },
  {
    name: "numbers that count up",
    text: `${swap(plugin(`  priority: 1\n${matched}`), "name: auth", "name: one")}---\n${swap(plugin(`  priority: 2\n${matched}`), "name: auth", "name: two")}`,
    rule: "wasmplugin/priority-order",
    line: 19,
    level: "warning",
  },
  {
    name: "a plugin before the one on which it relies",
    text: `${swap(withUrl("oci://r.example.com/rbac-enforcer:1", "  phase: AUTHN\n  priority: 20\n  pluginConfig:\n    policy_endpoint: http://opa:8181/v1/data/authz\n"), "name: auth", "name: rbac")}---\n${swap(withUrl("oci://r.example.com/jwt-validator:1", "  phase: AUTHN\n  priority: 10\n  pluginConfig:\n    jwks_uri: https://idp.example.com/keys\n"), "name: auth", "name: jwt")}`,
    rule: "wasmplugin/priority-order",
    line: 11,
    level: "warning",
  },
  {
    name: "a value with a variable of the host",
    text: plugin(
      `  vmConfig:\n    env:\n      - name: A\n        value: b\n        valueFrom: HOST\n${matched}`,
    ),
    rule: "wasmplugin/env-host-value",
    line: 11,
  },
  {
    name: "a variable twice",
    text: plugin(
      `  vmConfig:\n    env:\n      - name: A\n        value: b\n      - name: A\n        value: c\n${matched}`,
    ),
    rule: "wasmplugin/env-twice",
    line: 12,
  },
  {
    name: "variables as a map",
    text: plugin(`  vmConfig:\n    env:\n      A: b\n${matched}`),
    rule: "wasmplugin/type",
    line: 9,
  },
  {
    name: "configuration as text",
    text: plugin(`  pluginConfig: '{"a": 1}'\n${matched}`),
    rule: "wasmplugin/type",
    line: 8,
  },
  {
    name: "a pull secret without an image",
    text: withUrl("https://example.com/mine.wasm", "  imagePullSecret: a\n"),
    rule: "wasmplugin/pull-secret",
    line: 10,
    level: "warning",
  },
  {
    name: "a key that nobody reads",
    text: plugin(`  verificationKey: abc\n${matched}`),
    rule: "wasmplugin/verification-key",
    line: 8,
    level: "warning",
  },
  {
    name: "a guard that is open when it fails",
    text: withUrl(
      "oci://r.example.com/basic-auth:1",
      "  phase: AUTHN\n  failStrategy: FAIL_OPEN\n  pluginConfig:\n    basic_auth_rules: [{ prefix: /, request_methods: [GET], credentials: ['a:b'] }]\n",
    ),
    rule: "wasmplugin/fail-open",
    line: 11,
    level: "warning",
  },
  {
    name: "a guard after everything",
    text: withUrl(
      "oci://r.example.com/basic-auth:1",
      "  pluginConfig:\n    basic_auth_rules: [{ prefix: /, request_methods: [GET], credentials: ['a:b'] }]\n",
    ),
    rule: "wasmplugin/phase",
    line: 6,
    level: "warning",
  },
  {
    name: "a cache before the authorization",
    text: withUrl("oci://r.example.com/cache:1", "  phase: AUTHZ\n"),
    rule: "wasmplugin/phase",
    line: 10,
    level: "warning",
  },
  {
    name: "an HTTP filter as a TCP one",
    text: withUrl("oci://r.example.com/hello:1", "  type: NETWORK\n"),
    rule: "wasmplugin/type",
    line: 10,
  },
  {
    name: "a misspelt key in pluginConfig",
    text: withUrl(
      "oci://r.example.com/custom-headers:1",
      "  pluginConfig:\n    header_nam: a\n    header_value: b\n",
    ),
    rule: "plugin-config/unknown-field",
    line: 11,
    fixed: withUrl(
      "oci://r.example.com/custom-headers:1",
      "  pluginConfig:\n    header_name: a\n    header_value: b\n",
    ),
  },
  {
    name: "a required key that is not in pluginConfig",
    text: withUrl(
      "oci://r.example.com/ext-auth:1",
      "  phase: AUTHN\n  pluginConfig:\n    auth_path: /check\n",
    ),
    rule: "plugin-config/missing",
    line: 11,
  },
  {
    name: "no pluginConfig where one is needed",
    text: withUrl("oci://r.example.com/rate-limit:1", "  phase: AUTHN\n"),
    rule: "plugin-config/missing",
    line: 6,
  },
  {
    name: "a number out of range in pluginConfig",
    text: withUrl("oci://r.example.com/cache:1", "  pluginConfig:\n    cache_ttl_seconds: -1\n"),
    rule: "plugin-config/minimum",
    line: 11,
  },
  {
    name: "the same object twice",
    text: `${plugin(matched)}---\n${plugin(matched)}`,
    rule: "twice",
    line: 14,
    level: "warning",
  },

  {
    name: "an EnvoyFilter of a version that was never there",
    text: swap(envoyFilter(wasmPatch), "v1alpha3", "v1"),
    rule: "api-version",
    line: 1,
    fixed: envoyFilter(wasmPatch),
  },
  {
    name: "a misspelt key in an EnvoyFilter",
    text: changed("applyTo", "appliesTo"),
    rule: "envoyfilter/unknown-field",
    line: 8,
  },
  {
    name: "nothing to apply",
    text: "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata:\n  name: a\nspec: {}\n",
    rule: "envoyfilter/no-patches",
    line: 5,
    level: "warning",
  },
  {
    name: "an operation that there is not",
    text: changed("INSERT_BEFORE", "PREPEND"),
    rule: "envoyfilter/choice",
    line: 20,
  },
  {
    name: "a patch without a value",
    text: envoyFilter(
      "    - applyTo: HTTP_FILTER\n      match:\n        context: GATEWAY\n        listener: { filterChain: { filter: { name: envoy.filters.network.http_connection_manager } } }\n      patch:\n        operation: INSERT_BEFORE\n",
    ),
    rule: "envoyfilter/value",
    line: 12,
  },
  {
    name: "no operation",
    text: changed("        operation: INSERT_BEFORE\n", ""),
    rule: "envoyfilter/operation",
    line: 19,
  },
  {
    name: "an HTTP filter without where",
    text: envoyFilter(
      "    - applyTo: HTTP_FILTER\n      match:\n        context: GATEWAY\n      patch:\n        operation: INSERT_FIRST\n        value: { name: a, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors } }\n",
    ),
    rule: "envoyfilter/listener-match",
    line: 9,
  },
  {
    name: "no context",
    text: changed("        context: SIDECAR_INBOUND\n", ""),
    rule: "envoyfilter/context",
    line: 8,
    level: "warning",
  },
  {
    name: "a proxyVersion that no proxy has",
    text: changed("^1\\.31.*", "^1\\.9.*"),
    rule: "envoyfilter/proxy-version",
    line: 12,
    level: "warning",
  },
  {
    name: "a proxyVersion that is no expression",
    text: changed("^1\\.31.*", "^1.(31"),
    rule: "envoyfilter/proxy-version",
    line: 12,
  },
  {
    name: "a filter's name that Envoy has given up",
    text: changed(
      "name: envoy.filters.network.http_connection_manager",
      "name: envoy.http_connection_manager",
    ),
    rule: "envoyfilter/former-name",
    line: 16,
    fixed: envoyFilter(wasmPatch),
  },
  {
    name: "another type",
    text: changed("filters.http.wasm.v3.Wasm", "filters.http.wasm.v2.Wasm"),
    rule: "envoy-wasm/type-url",
    line: 24,
    fixed: envoyFilter(wasmPatch),
  },
  {
    name: "a type without its prefix",
    text: changed(
      "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
      "envoy.extensions.filters.http.wasm.v3.Wasm",
    ),
    rule: "envoy-wasm/type-url",
    line: 24,
    fixed: envoyFilter(wasmPatch),
  },
  {
    name: "vm_conf for vm_config",
    text: changed("vm_config", "vm_conf"),
    rule: "envoy-wasm/unknown-field",
    line: 28,
    fixed: envoyFilter(wasmPatch),
  },
  {
    name: "another runtime",
    text: changed("envoy.wasm.runtime.v8", "envoy.wasm.runtime.wasmtime"),
    rule: "envoy-wasm/runtime",
    line: 29,
    level: "warning",
    fixed: envoyFilter(wasmPatch),
  },
  {
    name: "remote code without a digest",
    text: changed(`                    sha256: ${sha}\n`, ""),
    rule: "envoy-wasm/missing",
    line: 31,
  },
  {
    name: "remote code with a digest in upper case",
    text: changed(sha, sha.toUpperCase()),
    rule: "envoy-wasm/sha256",
    line: 36,
  },
  {
    name: "remote code without a time limit",
    text: changed("                      timeout: 10s\n", ""),
    rule: "envoy-wasm/missing",
    line: 32,
  },
  {
    name: "a time limit that is none",
    text: changed("timeout: 10s", "timeout: 10000ms"),
    rule: "envoy-wasm/pattern",
    line: 35,
  },
  {
    name: "local and remote code",
    text: changed(
      "                  remote:",
      "                  local: { filename: /a.wasm }\n                  remote:",
    ),
    rule: "envoy-wasm/oneOf",
    line: 30,
  },
  {
    name: "a configuration that is no text",
    text: changed(
      'value: |\n                  {"basic_auth_rules"',
      'value:\n                  {"basic_auth_rules"',
    ),
    rule: "envoy-wasm/configuration",
    line: 37,
  },
  {
    name: "a configuration that is no JSON",
    text: changed('{"basic_auth_rules": [', '{"basic_auth_rules": [,'),
    rule: "plugin-config/json",
    line: 39,
  },
  {
    name: "a configuration that the plugin refuses",
    text: changed('"request_methods"', '"methods"'),
    rule: "plugin-config/unknown-field",
    line: 39,
  },
  {
    name: "ECDS without its other half",
    text: envoyFilter(ecds.slice(0, ecds.indexOf("    - applyTo: EXTENSION_CONFIG"))),
    rule: "envoyfilter/ecds-pair",
    line: 18,
    level: "warning",
  },
  {
    name: "ECDS of another type",
    text: envoyFilter(swap(ecds, "filters.http.wasm.v3.Wasm]", "filters.network.wasm.v3.Wasm]")),
    rule: "envoyfilter/ecds-type",
    line: 19,
  },
  {
    name: "ECDS from nowhere",
    text: envoyFilter(swap(ecds, "            config_source:\n              ads: {}\n", "")),
    rule: "envoyfilter/ecds-source",
    line: 19,
  },
  {
    name: "an extension that is inserted",
    text: envoyFilter(swap(ecds, "operation: ADD", "operation: INSERT_FIRST")),
    rule: "envoyfilter/operation",
    line: 27,
    fixed: envoyFilter(ecds),
  },
];

export const good: Record<string, string> = {
  "a plugin of one's own": swap(
    plugin(`${matched}  pluginName: mine\n  pluginConfig:\n    greeting: hello\n`),
    "name: auth",
    "name: mine",
  ),
  "both directions, asked for": plugin("  match:\n    - mode: CLIENT_AND_SERVER\n"),
  "at a gateway, by its label": plugin("  selector:\n    matchLabels:\n      istio: ingressgateway\n"),
  "at a Gateway of the Gateway API": plugin(
    "  targetRefs:\n    - group: gateway.networking.k8s.io\n      kind: Gateway\n      name: a\n",
  ),
  "at a Service, through its waypoint": plugin(
    `  targetRefs:\n    - kind: Service\n      group: ""\n      name: a\n${matched}`,
  ),
  "with a digest, a secret and variables": plugin(
    `  sha256: ${sha}\n  imagePullPolicy: IfNotPresent\n  imagePullSecret: pull\n  phase: STATS\n  priority: -5\n  failStrategy: FAIL_RELOAD\n  vmConfig:\n    env:\n      - name: A\n        value: b\n      - name: POD\n        valueFrom: HOST\n${matched}`,
  ),
  "by its digest alone": withUrl(`oci://registry.example.com:5000/team/mine@sha256:${sha}`),
  "by http": withUrl("http://files.example.com/mine.wasm", `  sha256: ${sha}\n`),
  "a TCP plugin": plugin(`${matched}  type: NETWORK\n`),
  "two with the higher first": `${swap(plugin(`  priority: 20\n${matched}`), "name: auth", "name: one")}---\n${swap(plugin(`  priority: 10 # the higher number runs first\n${matched}`), "name: auth", "name: two")}`,
  "what Kubernetes adds": swap(
    plugin(matched),
    "  namespace: shop\n",
    "  namespace: shop\n  uid: 0b5\n  generation: 2\n  labels: { app: a }\n  annotations: { b: c }\n",
  ),
  "an EnvoyFilter with code from afar": envoyFilter(wasmPatch),
  "the same in protobuf's other spelling": changed("vm_config", "vmConfig"),
  "an EnvoyFilter with ECDS": envoyFilter(ecds),
  "an EnvoyFilter that has nothing to do with Wasm": envoyFilter(
    "    - applyTo: CLUSTER\n      patch:\n        operation: MERGE\n        value: { connect_timeout: 5s }\n",
  ),
  "a filter that is taken away": envoyFilter(
    "    - applyTo: HTTP_FILTER\n      match:\n        context: GATEWAY\n        listener: { filterChain: { filter: { name: envoy.filters.network.http_connection_manager, subFilter: { name: envoy.filters.http.cors } } } }\n      patch:\n        operation: REMOVE\n",
  ),
  "a Service, which is none of ours":
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports: [{ port: 80 }]\n",
};
