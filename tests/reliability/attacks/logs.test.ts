import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { LogLevel, ProxyWasmHost } from "../../../host/index.js";
import { plugin as moduleOf, withProxy } from "../../envoy/harness.js";
import { settled } from "../../envoy/settled.js";
import { basic, bundled, chain, Services, tokens } from "../chain.js";

/** What must not be in a line: what ends it, moves the cursor, rings or colours; C1 controls too, as UTF-8 has them. */

const dangerous = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]|\ufffd\[/;
const payload =
  "\u001b[31m\u0007\r\n[2026-01-01 00:00:00.000][1][error][wasm] forged line\u009b2J\u2028\u202e";

/** Every line of Envoy's begins with its time: what does not has been broken off from one that does. */
function assertLines(lines: readonly string[]): void {
  for (const line of lines) {
    assert.doesNotMatch(line, dangerous, JSON.stringify(line));
    assert.doesNotMatch(line, /^\[2026-01-01 00:00:00/, "a line was forged");
  }
}

test("at trace, with audit lines, no request puts a line break, a terminal's escape or a secret into the log", async (t) => {
  const services = await Services.start();
  const cookie = "session=c00kie-s3cret";
  const say = services.auth.say;
  services.auth.say = (asked) =>
    asked.body.includes("deny") ? { body: JSON.stringify({ allowed: false, reason: payload }) } : say(asked);
  services.policy.say = (asked) =>
    asked.body.includes('"deny"')
      ? { body: JSON.stringify({ result: { allowed: false, reason: payload } }) }
      : { body: '{"result": true}' };
  const loud = { log_level: "trace", audit_logging: true, version: "v1" };
  const options = {
    filters: await chain({
      ...Object.fromEntries(bundled.map((name) => [name, loud])),
      transform: { ...loud, log_request_body: true },
    }),
    clusters: services.clusters,
    componentLogLevels: { wasm: "trace" as const },
  };
  try {
    await withProxy(options, async (proxy) => {
      const odd = "\u009b2J\u001b".slice(0, 3) + "\u00ff\u0085\u00e2\u0080\u00a8";
      const statuses = new Set<number>();
      for (const kind of [
        "open",
        "auth",
        "batched",
        "policy",
        "both",
        "private",
        "cached",
        "echo",
        "limited",
      ]) {
        for (const verdict of ["allow", "deny", "odd", "down"]) {
          for (const token of Object.values(tokens)) {
            const headers: [string, string][] = [
              ["x-verdict", verdict],
              ["x-token", token],
              ["authorization", basic(`ann:${verdict === "odd" ? "s3cret-wrong" : "right"}`)],
              ["cookie", cookie],
              ["user-agent", `agent ${odd}`],
              ["x-request-id", `id ${odd}`],
              ["x-client", odd],
              ["content-type", "application/json"],
            ];
            const path = `/${kind}/%0a%1b%5b31m%9b"\\<>?q=%0d%0aforged&access_token=${tokens.good}`;
            const body =
              kind === "echo" ? `{"a": "\\u001b[31m\\u2028", "b": "\u001b[31m\u2028\n"` : undefined;
            statuses.add(
              (await proxy.request({ path, headers, ...(body && { body }) }).catch(() => ({ status: 0 })))
                .status,
            );
          }
        }
      }
      await settled();
      const lines = proxy.wasmLog().map(({ text }) => text);
      assert.ok(lines.length > 100, `${lines.length} lines`);
      assertLines(proxy.envoy.log.lines);
      const parts = Object.values(tokens).flatMap((token) =>
        token.split(".").filter((part) => part.length > 20),
      );
      const secrets = [
        ...parts,
        "s3cret",
        "c00kie",
        "ann:right",
        basic("ann:right").slice(6),
        Buffer.from("ann:s3cret-wrong").toString("base64").slice(0, 14),
      ];
      for (const line of lines)
        for (const secret of secrets) assert.ok(!line.includes(secret), `${secret} in ${line}`);
      t.diagnostic(
        `${lines.length} lines of modules, ${secrets.length} secrets, none of them in any; answers ${[...statuses].join(", ")}`,
      );
    });
  } finally {
    await services.stop();
  }
});

/** Configurations with mistakes, beside what is secret in them. */
const secret = "s3cret-of-the-configuration";
const jwk = { kty: "oct", alg: "HS256", kid: payload, k: secret };
const mistaken: [string, Record<string, unknown>][] = [
  [
    "basic-auth",
    { basic_auth_rules: [{ prefix: "/", request_methods: ["*"], credentials: [secret, 7] }], realm: payload },
  ],
  [
    "basic-auth",
    { basic_auth_rules: [{ prefix: payload, request_methods: [payload], credentials: [`ann:${secret}\n`] }] },
  ],
  ["basic-auth", { basic_auth_rules: `ann:${secret}`, [payload]: 1 }],
  ["jwt-validator", { jwks: { keys: [jwk, { ...jwk, kty: payload }] } }],
  ["jwt-validator", { jwks: `{"keys": [{"kty": "oct", "k": "${secret}"`, issuer: payload }],
  ["jwt-validator", { jwks_uri: `http://ann:${secret}@issuer/${payload}`, jwks_refresh_seconds: "x" }],
  ["ext-auth", { auth_cluster: payload, auth_path: payload, mode: payload, [payload]: secret }],
  ["rbac-enforcer", { policy_endpoint: `http://ann:${secret}@opa/${payload}`, timeout_ms: payload }],
  ["custom-headers", { header_name: payload, header_value: payload }],
  ["custom-metrics", { metrics_prefix: payload, include_headers: [payload] }],
  ["rate-limit", { requests_per_second: payload, key_type: payload, [payload]: payload }],
  ["cache", { methods: [payload], cache_key: { headers: [payload] }, [payload]: 1 }],
  [
    "transform",
    {
      request: { path: { regex: [payload, payload] }, set: [[payload, payload]] },
      max_body_size_bytes: payload,
    },
  ],
];

test("no configuration puts a line break or a terminal's escape into the log, nor the secrets that are in it", async (t) => {
  let count = 0;
  for (const [plugin, configuration] of mistaken) {
    const pluginConfig = JSON.stringify({ ...configuration, log_level: "trace" });
    const host = await ProxyWasmHost.load(await readFile(await moduleOf(plugin)), {
      pluginConfig,
      logLevel: LogLevel.Trace,
    });
    const lines = host.logs.map(({ message }) => message);
    assert.equal(host.configured, false, plugin);
    host.destroy();
    count += lines.length;
    assert.ok(lines.length > 0, plugin);
    assertLines(lines);
    for (const line of lines) assert.ok(!line.includes(secret), `${plugin}: ${line}`);
  }
  t.diagnostic(`${mistaken.length} configurations, ${count} lines`);
});
