import assert from "node:assert/strict";
import { test } from "node:test";
import { withProxy, type Proxy } from "./harness.js";
import { settled } from "./settled.js";

const lines = (proxy: Proxy): unknown[] =>
  proxy
    .wasmLog()
    .filter(({ text }) => text.startsWith("audit "))
    .map(({ text }) => JSON.parse(text.slice("audit ".length)) as unknown);

test("audit writes one line of JSON for each decision, with the request's number", async () => {
  const filters = [{ fixture: "audit", configuration: { audit_logging: true } }];
  await withProxy({ filters }, async (proxy) => {
    const headers = {
      "x-request-id": "7f0e6a9c-5ad5-4f3a-9b0e-0c7d8c1f2a3b",
      "x-reason": 'a "quote" and \\ caf\u00e9',
    };
    assert.equal((await proxy.request({ path: "/", headers: Object.entries(headers) })).status, 403);
    await settled();
    const [denied, logged] = lines(proxy) as Record<string, unknown>[];
    assert.ok(denied && logged);
    assert.equal(denied["decision"], "deny");
    assert.equal(denied["rule"], "rules[0]");
    assert.match(String(denied["reason"]), /^a "quote" and \\ /);
    assert.equal(typeof denied["request_id"], "string");
    assert.equal(logged["decision"], "logged");
    assert.equal(logged["request_id"], denied["request_id"]);
  });
});

test("audit cuts what is long, and says when nothing came of the decision", async () => {
  const filters = [{ fixture: "audit", configuration: { audit_logging: true, shadow: true } }];
  await withProxy({ filters }, async (proxy) => {
    const headers: [string, string][] = [["x-reason", "x".repeat(1000)]];
    assert.equal((await proxy.request({ path: "/", headers })).status, 200);
    await settled();
    const [denied] = lines(proxy) as Record<string, unknown>[];
    assert.ok(denied);
    assert.equal(String(denied["reason"]), `${"x".repeat(256)}...`);
    assert.equal(denied["shadow"], true);
  });
});

test("audit writes nothing where it is not asked for", async () => {
  await withProxy({ filters: [{ fixture: "audit" }] }, async (proxy) => {
    assert.equal((await proxy.request("/")).status, 403);
    await settled();
    assert.deepEqual(lines(proxy), []);
  });
});
