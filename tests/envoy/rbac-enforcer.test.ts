import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Upstream } from "../../cli/upstream.js";
import { withProxy } from "./harness.js";
import { findOpa, Opa } from "./opa.js";

/** A filter of Envoy's that says of each request what its filter for tokens would have found in one. */
const accepted = (found: Record<string, unknown>) => ({
  name: "set_metadata",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.set_metadata.v3.Config",
    metadata: [
      { metadata_namespace: "envoy.filters.http.a", value: { payload: { sub: "eve" } } },
      { metadata_namespace: "envoy.filters.http.jwt_authn", value: found },
      { metadata_namespace: "envoy.filters.http.z", value: { payload: { sub: "eve" } } },
    ],
  },
});

const claims = {
  sub: "ann",
  roles: ["admin", 'o"ps'],
  exp: 4102444800,
  share: 0.25,
  nothing: null,
  ok: true,
};

interface Input {
  jwt?: unknown;
  attributes?: { metadataContext?: unknown };
}

/** What a policy is told of a request behind Envoy's filter for tokens. */
async function told(found: Record<string, unknown> | null, format: "envoy" | "simple"): Promise<Input> {
  const inputs: Input[] = [];
  const service = await Upstream.start((seen) => {
    inputs.push((JSON.parse(seen.body.toString()) as { input: Input }).input);
    return { body: '{"result": true}' };
  });
  try {
    await withProxy(
      {
        filters: [
          ...(found === null ? [] : [accepted(found)]),
          {
            plugin: "rbac-enforcer",
            configuration: {
              policy_endpoint: "http://opa/v1/data/authz",
              policy_cluster: "opa",
              input_format: format,
              timeout_ms: 10_000,
            },
          },
        ],
        clusters: [{ name: "opa", address: { port: service.port } }],
      },
      async (proxy) => assert.equal((await proxy.request("/")).status, 200),
    );
  } finally {
    await service.stop();
  }
  assert.equal(inputs.length, 1);
  return inputs[0]!;
}

suite("rbac-enforcer tells the policy the claims that Envoy found in a token", () => {
  test("as Envoy has them", async () => {
    const { attributes } = await told({ payload: claims, header: { alg: "RS256" } }, "envoy");
    assert.deepEqual(attributes?.metadataContext, {
      filterMetadata: { "envoy.filters.http.jwt_authn": { payload: claims, header: { alg: "RS256" } } },
    });
  });

  test("alone, in the simple format", async () => {
    const { jwt } = await told({ payload: claims, header: { alg: "RS256" } }, "simple");
    assert.deepEqual(jwt, claims);
  });

  test("alone, under the issuer's name where older ones of Istio have them", async () => {
    const { jwt } = await told({ "https://id.example.com": claims }, "simple");
    assert.deepEqual(jwt, claims);
  });

  test("and none where it found none", async () => {
    assert.equal((await told({ failure: "no token" }, "simple")).jwt, null);
    assert.equal((await told(null, "envoy")).attributes?.metadataContext, undefined);
  });
});

test("rbac-enforcer refuses what a policy service answers at great length", async () => {
  const padding = "x".repeat(3 << 20);
  const service = await Upstream.start(() => ({ body: JSON.stringify({ padding, result: true }) }));
  try {
    await withProxy(
      {
        filters: [
          {
            plugin: "rbac-enforcer",
            configuration: { policy_endpoint: "http://opa/", policy_cluster: "opa", timeout_ms: 10_000 },
          },
        ],
        clusters: [{ name: "opa", address: { port: service.port } }],
      },
      async (proxy) => {
        assert.equal((await proxy.request("/")).status, 503);
        assert.equal(proxy.upstream.requests.length, 0);
      },
    );
  } finally {
    await service.stop();
  }
});

const bare = `package bare
import rego.v1
allow := true if input.parsed_path == ["bare", "allow"]
allow := false if input.parsed_path == ["bare", "deny"]
`;

const authz = `package authz
import rego.v1

http := input.attributes.request.http
claims := input.attributes.metadataContext.filterMetadata["envoy.filters.http.jwt_authn"].payload

default allowed := false
allowed if {
	http.method == "GET"
	input.parsed_path[0] == "orders"
	claims.sub == "ann"
	input.attributes.source.address.socketAddress.address == "127.0.0.1"
	time.parse_rfc3339_ns(input.attributes.request.time) > 0
}

headers["x-user"] := claims.sub if allowed
headers["x-pages"] := input.parsed_query.page if allowed
request_headers_to_remove := ["x-secret"] if allowed
response_headers_to_add["x-policy"] := "authz" if allowed

http_status := 401 if http.path == "/login"
headers["www-authenticate"] := "Bearer" if http.path == "/login"
body := "who are you?" if http.path == "/login"
reason := "only orders can be read" if not allowed
`;

/** Allows those that say so, and vouches for each by its own number; says nothing of all others. */
const load = `package load
import rego.v1
sent := input.attributes.request.http.headers
allowed := true if sent["x-want"] == "allow"
headers := {"x-decided": sent["x-nonce"]} if allowed
`;

const program = await findOpa();
const skip =
  program === null &&
  "there is no OPA here: put one on the PATH, name it in $OPA, or have it built with AS_PROXY_WASM_OPA=build";

suite("rbac-enforcer with a real OPA", { skip }, () => {
  test("does what the policy says", async () => {
    const opa = await Opa.start(program!, [bare, authz]);
    try {
      await withProxy(
        {
          filters: [
            accepted({ payload: claims }),
            {
              plugin: "rbac-enforcer",
              configuration: {
                policy_endpoint: `http://127.0.0.1:${opa.port}/v1/data/authz`,
                policy_cluster: "opa",
                timeout_ms: 20_000,
                overrides: [
                  {
                    match: { path_prefix: "/bare" },
                    config: {
                      policy_endpoint: "http://opa/v1/data/bare/allow",
                      policy_cluster: "opa",
                      timeout_ms: 20_000,
                    },
                  },
                  {
                    match: { path_prefix: "/missing" },
                    config: {
                      policy_endpoint: "http://opa/v1/data/no/such/policy",
                      policy_cluster: "opa",
                      timeout_ms: 20_000,
                    },
                  },
                  {
                    match: { path_prefix: "/wrong" },
                    config: {
                      policy_endpoint: "http://opa/v1/policies",
                      policy_cluster: "opa",
                      timeout_ms: 20_000,
                    },
                  },
                ],
              },
            },
          ],
          clusters: [{ name: "opa", address: { port: opa.port } }],
        },
        async (proxy) => {
          const allowed = await proxy.request({
            path: "/orders/7?page=1&page=2",
            headers: [
              ["x-user", "eve"],
              ["x-secret", "s"],
            ],
          });
          assert.equal(allowed.status, 200);
          assert.equal(allowed.headers.get("x-policy"), "authz");
          const seen = proxy.upstream.last.headers;
          assert.deepEqual(seen.all("x-user"), ["ann"]);
          assert.deepEqual(seen.all("x-pages"), ["1", "2"]);
          assert.equal(seen.get("x-secret"), undefined);
          assert.equal((await proxy.request("/bare/allow")).status, 200);
          const passed = proxy.upstream.requests.length;
          assert.equal(passed, 2);

          const denied = await proxy.request({ method: "DELETE", path: "/orders/7" });
          assert.equal(denied.status, 403);
          assert.equal(denied.text, '{"error": "Forbidden"}');
          await proxy.envoy.waitForLog(/denied: "only orders can be read"$/);
          const login = await proxy.request("/login");
          assert.equal(login.status, 401);
          assert.equal(login.text, "who are you?");
          assert.equal(login.headers.get("www-authenticate"), "Bearer");
          for (const path of ["/bare/deny", "/bare/undefined", "/missing"])
            assert.equal((await proxy.request(path)).status, 403, path);
          assert.equal((await proxy.request("/wrong")).status, 503);
          assert.equal(proxy.upstream.requests.length, passed);
        },
      );
    } finally {
      await opa.stop();
    }
  });

  test("lets nobody by without a decision while OPA stops and starts under load", async (t) => {
    const opa = await Opa.start(program!, [load]);
    try {
      await withProxy(
        {
          filters: [
            {
              plugin: "rbac-enforcer",
              configuration: {
                policy_endpoint: "http://opa/v1/data/load",
                policy_cluster: "opa",
                timeout_ms: 3000,
                log_level: "error",
              },
            },
          ],
          clusters: [{ name: "opa", address: { port: opa.port } }],
          concurrency: 2,
          listener: { balanced: true },
        },
        async (proxy) => {
          const answers: { want: "allow" | "deny"; status: number; at: number }[] = [];
          const underWay = new Set<Promise<void>>();
          let nonce = 0;
          const ask = async () => {
            const want = nonce % 3 === 2 ? "deny" : "allow";
            const number = String(nonce++);
            const { status } = await proxy.request({
              headers: [
                ["x-nonce", number],
                ["x-want", want],
                ["x-decided", `forged ${number}`],
              ],
            });
            answers.push({ want, status, at: performance.now() });
          };
          /** Sends a request every few milliseconds, whatever becomes of those before, until something is true. */
          const until = async (isSo: () => boolean) => {
            const deadline = performance.now() + 60_000;
            while (!isSo()) {
              assert.ok(performance.now() < deadline, `only ${statuses(answers)}`);
              if (underWay.size < 200) {
                const one = ask().finally(() => underWay.delete(one));
                underWay.add(one);
              }
              await sleep(15);
            }
          };
          const count = (status: number) => answers.filter((answer) => answer.status === status).length;

          await until(() => count(200) >= 100 && count(403) >= 30);
          await opa.kill();
          const failedBefore = count(503);
          await until(() => count(503) >= failedBefore + 100);
          let readyAt = Infinity;
          const started = opa.run().then(() => (readyAt = performance.now()));
          await until(() => readyAt < Infinity);
          await started;
          // Where all is well again, everybody is decided on.
          await until(() => {
            const since = answers.filter(({ at }) => at >= readyAt).slice(-100);
            return since.length === 100 && since.every(({ status }) => status !== 503);
          });
          await Promise.all(underWay);

          const possible = { allow: [200, 503], deny: [403, 503] };
          for (const { want, status } of answers)
            assert.ok(possible[want].includes(status), `${want}: ${status}`);
          // What came to the upstream bears its own number, in OPA's hand: what the client sent under the name is gone.
          const passed = proxy.upstream.requests.map(({ headers }) => headers);
          for (const headers of passed) {
            assert.equal(headers.get("x-want"), "allow");
            assert.deepEqual(headers.all("x-decided"), [headers.get("x-nonce")]);
          }
          assert.equal(passed.length, count(200));
          const first = answers.find(({ at, status }) => at >= readyAt && status !== 503)!;
          const recovery = first.at - readyAt;
          t.diagnostic(`${answers.length} requests: ${statuses(answers)}`);
          t.diagnostic(`decided again ${Math.round(recovery)} ms after OPA was back`);
          assert.ok(recovery < 10_000, `${recovery} ms`);
        },
      );
    } finally {
      await opa.stop();
    }
  });
});

/** How many answers have which status. */
function statuses(answers: { status: number }[]): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} times ${status}`).join(", ");
}
