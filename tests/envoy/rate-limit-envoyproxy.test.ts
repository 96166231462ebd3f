import assert from "node:assert/strict";
import { before, test } from "node:test";
import { EnvoyproxyRatelimit, install, isThere } from "./envoyproxy-ratelimit.js";
import { withProxy } from "./harness.js";

// envoyproxy/ratelimit and Redis are built and unpacked into the cache folder with $AS_PROXY_WASM_RATE_LIMIT=all.
before(async () => {
  if (process.env["AS_PROXY_WASM_RATE_LIMIT"] === "all" && !isThere()) await install();
});

const configuration = `
domain: gateway
descriptors:
  - key: x-user
    rate_limit: { unit: day, requests_per_unit: 3 }
  - key: rule
    value: "0"
    descriptors:
      - key: method
        rate_limit: { unit: day, requests_per_unit: 1 }
`;

test("envoyproxy/ratelimit with Redis counts for two proxies together", async (context) => {
  if (!isThere()) return context.skip("set AS_PROXY_WASM_RATE_LIMIT=all to build envoyproxy/ratelimit once");
  const service = await EnvoyproxyRatelimit.start(configuration);
  const options = {
    filters: [
      {
        plugin: "rate-limit",
        configuration: {
          requests_per_second: 1,
          key_type: "header:x-user",
          rules: [{ match: { path_prefix: "/login" }, requests_per_second: 1, key_type: "method" }],
          global: { cluster: "ratelimit", domain: "gateway", timeout_ms: 5000 },
        },
      },
    ],
    clusters: [{ name: "ratelimit", address: { port: service.port }, http2: true }],
  };
  try {
    await withProxy(options, (first) =>
      withProxy(options, async (second) => {
        const statuses: number[] = [];
        for (const proxy of [first, second, first, second, first])
          statuses.push((await proxy.request({ headers: [["x-user", "a"]] })).status);
        assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
        assert.equal((await second.request({ headers: [["x-user", "b"]] })).status, 200);
        const refused = await first.request({ headers: [["x-user", "a"]] });
        assert.equal(refused.headers.get("x-ratelimit-limit"), "3");
        assert.equal(refused.headers.get("x-ratelimit-remaining"), "0");
        assert.ok(Number(refused.headers.get("retry-after")) >= 1);
        assert.equal((await first.request("/login")).status, 200);
        assert.equal((await second.request("/login")).status, 429);
      }),
    );
  } finally {
    await service.stop();
  }
});
