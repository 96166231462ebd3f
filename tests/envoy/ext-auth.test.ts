import assert from "node:assert/strict";
import { test } from "node:test";
import { Upstream } from "../../cli/upstream.js";
import { randomFrom } from "../plugins/generate.js";
import { withProxy } from "./harness.js";

interface Question {
  path: string;
  headers: [string, string][];
}

/** What a request with this nonce is told: most are allowed, and the service is rude to some. */
const fate = (nonce: number) => (nonce % 7 === 3 ? "denied" : nonce % 11 === 5 ? "odd" : "allowed");

test("ext-auth gives each of 1,000 requests at once its own decision, asking in batches on two workers", async (t) => {
  const random = randomFrom(5);
  let calls = 0;
  let asked = 0;
  const service = await Upstream.start(async (seen) => {
    const { requests } = JSON.parse(seen.body.toString()) as { requests: Question[] };
    calls += 1;
    asked += requests.length;
    // Those that come later may be answered earlier.
    await new Promise((resolve) => setTimeout(resolve, random() * 100));
    const results = requests.map(({ headers: [[, nonce] = ["", ""]] }) => {
      const what = fate(Number(nonce));
      if (what === "odd") return { allowed: nonce };
      return { allowed: what === "allowed", headers: { "x-echo": nonce } };
    });
    return { status: 200, body: JSON.stringify({ results }) };
  });
  try {
    await withProxy(
      {
        filters: [
          {
            plugin: "ext-auth",
            configuration: {
              auth_cluster: "authz",
              auth_path: "/check",
              timeout_ms: 20000,
              include_headers: ["x-nonce"],
              add_request_headers_from_response: ["x-echo"],
              batch_external_calls: true,
              batch_size: 16,
              batch_timeout_ms: 20,
              log_level: "error",
            },
          },
        ],
        clusters: [{ name: "authz", address: { port: service.port } }],
        answer: (seen) => ({ status: 200, headers: [["x-echoed", seen.headers.get("x-echo") ?? ""]] }),
        concurrency: 2,
      },
      async (proxy) => {
        const answers = await Promise.all(
          Array.from({ length: 1000 }, (_, nonce) =>
            proxy.request({ headers: [["x-nonce", String(nonce)]] }),
          ),
        );
        const wanted = { allowed: 200, denied: 403, odd: 500 };
        for (const [nonce, { status, headers }] of answers.entries()) {
          assert.equal(status, wanted[fate(nonce)], `nonce ${nonce}`);
          if (status === 200) assert.equal(headers.get("x-echoed"), String(nonce));
        }
        const allowed = answers.filter(({ status }) => status === 200).length;
        assert.equal(proxy.upstream.requests.length, allowed);
        assert.equal(asked, 1000);
        t.diagnostic(`${calls} calls for 1,000 requests`);
        assert.ok(calls < 500, `${calls} calls`);
      },
    );
  } finally {
    await service.stop();
  }
});

test("ext-auth refuses what a service answers at great length", async () => {
  const padding = "x".repeat(3 << 20);
  const service = await Upstream.start(() => ({
    status: 200,
    body: JSON.stringify({ padding, allowed: true }),
  }));
  try {
    await withProxy(
      {
        filters: [
          { plugin: "ext-auth", configuration: { auth_cluster: "authz", auth_path: "/", timeout_ms: 10000 } },
        ],
        clusters: [{ name: "authz", address: { port: service.port } }],
      },
      async (proxy) => {
        const { status, body } = await proxy.request("/");
        assert.equal(status, 500);
        assert.equal(body.toString(), "Internal authorization error");
        assert.equal(proxy.upstream.requests.length, 0);
      },
    );
  } finally {
    await service.stop();
  }
});
