import assert from "node:assert/strict";
import { test } from "node:test";
import { type PluginFilter, withProxy } from "../../envoy/harness.js";
import { request } from "../../../cli/request.js";
import type { HttpListener } from "../../../cli/envoy/bootstrap.js";
import { plugin } from "../../envoy/harness.js";
import { Services } from "../chain.js";
import { tally } from "../quiet.js";
import { detours, spellings } from "./spellings.js";

const auth = { auth_cluster: "auth", auth_path: "/", include_headers: ["x-verdict"] };
const policy = {
  policy_endpoint: "http://policy/v1/data/x",
  policy_cluster: "policy",
  include_headers: ["x-verdict"],
};
const secret = Buffer.alloc(32, 7).toString("base64url");
const jwt = { jwks: { keys: [{ kty: "oct", k: secret, alg: "HS256" }] } };
const rules = [{ prefix: "/admin", request_methods: ["*"], credentials: ["ann:right"] }];
const open = { skip: [{ path_prefix: "/public" }] };
const off = { overrides: [{ match: { path_prefix: "/public" }, config: null }] };
const everything = [{ prefix: "/", request_methods: ["*"], credentials: ["ann:right"] }];

/** Each way in which settings go by a path, with the status of whoever has no business there. */
const guards: Record<
  string,
  { plugin: string; configuration: Record<string, unknown>; refused: number; paths: string[] }
> = {
  "a rule of basic-auth": {
    plugin: "basic-auth",
    configuration: { basic_auth_rules: rules },
    refused: 401,
    paths: spellings("admin"),
  },
  "an override of basic-auth": {
    plugin: "basic-auth",
    configuration: { basic_auth_rules: everything, ...off },
    refused: 401,
    paths: detours("/public", "admin"),
  },
  "skip of jwt-validator": {
    plugin: "jwt-validator",
    configuration: { ...jwt, ...open },
    refused: 401,
    paths: detours("/public", "admin"),
  },
  "an override of jwt-validator": {
    plugin: "jwt-validator",
    configuration: { ...jwt, ...off },
    refused: 401,
    paths: detours("/public", "admin"),
  },
  "skip of ext-auth": {
    plugin: "ext-auth",
    configuration: { ...auth, ...open },
    refused: 403,
    paths: detours("/public", "admin"),
  },
  "an override of ext-auth": {
    plugin: "ext-auth",
    configuration: { ...auth, ...off },
    refused: 403,
    paths: detours("/public", "admin"),
  },
  "skip of rbac-enforcer": {
    plugin: "rbac-enforcer",
    configuration: { ...policy, ...open },
    refused: 403,
    paths: detours("/public", "admin"),
  },
  "an override of rbac-enforcer": {
    plugin: "rbac-enforcer",
    configuration: { ...policy, ...off },
    refused: 403,
    paths: detours("/public", "admin"),
  },
  "an override of rate-limit": {
    plugin: "rate-limit",
    configuration: { requests_per_second: 0.000001, burst_size: 1, key_type: "global", ...off },
    refused: 429,
    paths: detours("/public", "admin"),
  },
  "a rule of rate-limit": {
    plugin: "rate-limit",
    configuration: {
      requests_per_second: 1e9,
      key_type: "global",
      rules: [{ match: { path_prefix: "/login" }, requests_per_second: 0.000001, burst_size: 1 }],
    },
    refused: 429,
    paths: spellings("login"),
  },
};

test("no spelling of a path gets round what goes by paths, in any plugin", async (t) => {
  const services = await Services.start();
  const names = Object.keys(guards);
  const listeners = await Promise.all(
    Object.entries(guards).map(async ([name, { plugin: folder, configuration }]): Promise<HttpListener> => {
      const filter = {
        name: folder,
        vmId: name,
        code: await plugin(folder),
        configuration: { log_level: "critical", ...configuration },
      };
      return { name, filters: [filter], routes: [{ cluster: "upstream" }] };
    }),
  );
  try {
    await withProxy(
      { filters: [] as PluginFilter[], listeners, clusters: services.clusters },
      async (proxy) => {
        for (const name of names) {
          const { paths, refused } = guards[name]!;
          const port = proxy.envoy.port(name);
          const ask = (path: string) =>
            request(port, { path, headers: { "x-verdict": "deny" } }).then(({ status }) => status);
          // What may pass passes; the one request that a limit lets through is spent.
          if (refused === 429) await ask(name.startsWith("a rule") ? "/login" : "/admin");
          if (!name.startsWith("a rule")) assert.equal(await ask("/public/x"), 200, name);
          const passed = proxy.upstream.requests.length;
          const statuses: number[] = [];
          for (const path of paths) {
            const status = await ask(path);
            statuses.push(status);
            // Envoy refuses a few by itself, or Node's client does.
            assert.ok(
              status === refused || status === 400 || status === 404,
              `${name}: ${path} got ${status}`,
            );
          }
          assert.ok(
            statuses.filter((status) => status === refused).length > paths.length * 0.7,
            `${name}: ${tally(statuses)}`,
          );
          assert.equal(proxy.upstream.requests.length, passed, name);
          t.diagnostic(`${name}: ${paths.length} spellings, ${tally(statuses)}`);
        }
      },
    );
  } finally {
    await services.stop();
  }
});
