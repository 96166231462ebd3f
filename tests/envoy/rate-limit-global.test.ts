import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as grpc from "@grpc/grpc-js";
import { type Proxy, withProxy } from "./harness.js";
import { type Decide, type RateLimitResponse, RateLimitServer } from "./rate-limit-service.js";

const ok: RateLimitResponse = { overall_code: "OK" };
const overLimit: RateLimitResponse = { overall_code: "OVER_LIMIT" };

interface Setup {
  decide?: Decide;
  /** What else the configuration says. */
  more?: Record<string, unknown>;
  cluster?: string;
  /** What the cluster of the service is called; `ratelimit` without it. */
  name?: string;
  /** Nobody listens where the service should be. */
  isDown?: boolean;
}

async function withService(setup: Setup, use: (proxy: Proxy, server: RateLimitServer) => Promise<void>) {
  const { decide = () => ok, more, cluster = "ratelimit", name = "ratelimit", isDown } = setup;
  const server = await RateLimitServer.start(decide);
  if (isDown) server.stop();
  const global = { cluster, domain: "gateway", timeout_ms: 2000, ...(more?.["global"] as object) };
  try {
    await withProxy(
      {
        filters: [{ plugin: "rate-limit", configuration: { requests_per_second: 1, ...more, global } }],
        clusters: [{ name, address: { port: server.port }, http2: true }],
      },
      (proxy) => use(proxy, server),
    );
  } finally {
    server.stop();
  }
}

const metric = async (proxy: Proxy, name: string) =>
  (await proxy.envoy.admin.stats("wasmcustom")).get(`wasmcustom.rate-limit.${name}`) ?? 0;

suite("a rate limit service", () => {
  test("is asked with domain, descriptor and hits, and its answer holds", async () => {
    const left = new Map([["a", 1]]);
    const decide: Decide = ({ descriptors }) => {
      const user = descriptors[0]!.entries.find(({ key }) => key === "x-user")!.value;
      left.set(user, (left.get(user) ?? 0) - 1);
      return left.get(user)! >= 0 ? ok : overLimit;
    };
    const more = {
      key_type: ["header:X-User", "remote_address", "method", "path", "principal", "global"],
      rules: [{ match: { path_prefix: "/login" }, requests_per_second: 1, key_type: "header:x-user" }],
    };
    await withService({ decide, more }, async (proxy, server) => {
      const first = await proxy.request({ path: "/x/../a?b", headers: [["x-user", "a"]] });
      assert.equal(first.status, 200);
      assert.deepEqual(server.requests[0]?.domain, "gateway");
      assert.deepEqual(server.requests[0]?.hits_addend, 1);
      assert.deepEqual(server.entries, [
        "x-user=a",
        "remote_address=127.0.0.1",
        "method=GET",
        "path=/a",
        "principal=",
        "generic_key=global",
      ]);
      const second = await proxy.request({ headers: [["x-user", "a"]] });
      assert.equal(second.status, 429);
      assert.equal(second.text, '{"error": "Too Many Requests"}');
      assert.equal(second.headers.get("retry-after"), "1");
      assert.equal(second.headers.get("x-ratelimit-limit"), undefined);
      await proxy.requestHttp2({ path: "/login", headers: [["x-user", "b"]] });
      assert.deepEqual(server.entries, ["rule=0", "x-user=b"]);
      assert.equal(await metric(proxy, "ok"), 1);
      assert.equal(await metric(proxy, "over_limit"), 2);
    });
  });

  test("tells the client of its limit, and may add headers and a body", async () => {
    const decide = (): RateLimitResponse => ({
      overall_code: "OVER_LIMIT",
      statuses: [
        {
          code: "OVER_LIMIT",
          current_limit: { requests_per_unit: 100, unit: "MINUTE" },
          duration_until_reset: { seconds: 41, nanos: 1 },
        },
      ],
      response_headers_to_add: [
        { key: "x-from-service", value: "1" },
        { key: "content-type", raw_value: Buffer.from("text/x-own") },
        { key: "x-ratelimit-limit", value: "100, 100;w=60" },
        { key: "bad name", value: "1" },
        { key: "x-bad", value: "a\r\nb: c" },
      ],
      raw_body: Buffer.from("slow \xff", "latin1"),
    });
    await withService({ decide }, async (proxy) => {
      const { status, headers, body } = await proxy.request();
      assert.equal(status, 429);
      assert.equal(headers.get("retry-after"), "42");
      assert.deepEqual(headers.all("x-ratelimit-limit"), ["100, 100;w=60"]);
      assert.equal(headers.get("x-ratelimit-remaining"), "0");
      assert.equal(headers.get("x-ratelimit-reset"), "42");
      assert.equal(headers.get("x-from-service"), "1");
      assert.equal(headers.get("content-type"), "text/x-own");
      assert.equal(headers.get("x-bad"), undefined);
      assert.equal(headers.get("b"), undefined);
      assert.deepEqual(Buffer.from(body).toString("latin1"), "slow \xff");
    });
  });

  test("may add headers to what it lets through, in the place of the client's", async () => {
    const decide = (): RateLimitResponse => ({
      overall_code: "OK",
      response_headers_to_add: [{ key: "x-left", value: "7" }],
      request_headers_to_add: [
        { key: "x-tier", value: "gold" },
        { key: "x-tier", value: "silver" },
        { key: "host", value: "evil" },
      ],
    });
    await withService({ decide }, async (proxy) => {
      const { status, headers } = await proxy.request({ headers: [["x-tier", "forged"]] });
      assert.equal(status, 200);
      assert.deepEqual(headers.all("x-left"), ["7"]);
      const seen = proxy.upstream.last;
      assert.deepEqual(seen.headers.all("x-tier"), ["gold", "silver"]);
      assert.notEqual(seen.headers.get("host"), "evil");
    });
  });

  test("refuses gRPC requests the gRPC way", async () => {
    await withService({ decide: () => overLimit }, async (proxy) => {
      const { status, headers } = await proxy.requestHttp2({
        method: "POST",
        headers: [["content-type", "application/grpc"]],
      });
      assert.deepEqual([status, headers.get("grpc-status")], [200, "8"]);
      assert.equal(headers.get("grpc-message"), "Too Many Requests");
    });
  });

  test("is reached behind the clusters that Istio makes, with an authority of its own", async () => {
    const istio = "outbound|8081||ratelimit.infra.svc.cluster.local";
    for (const [cluster, authority] of [
      [istio, "ratelimit.infra.svc.cluster.local"],
      ["ratelimit.infra:8081", "ratelimit.infra:8081"],
      ["http://ratelimit.infra:8081", "ratelimit.infra:8081"],
    ] as const) {
      await withService({ cluster, name: istio }, async (proxy, server) => {
        assert.equal((await proxy.request()).status, 200);
        assert.equal((await proxy.request()).status, 200);
        assert.deepEqual(server.authorities, [authority, authority]);
      });
    }
  });
});

suite("a rate limit service that does not answer", () => {
  const failures: [string, Setup, RegExp][] = [
    ["because it is down", { isDown: true }, /gRPC status 14/],
    ["because it fails", { decide: () => grpc.status.INTERNAL }, /gRPC status 13 as the test says/],
    [
      "in time",
      { decide: () => "silence", more: { global: { timeout_ms: 100 } } },
      /gRPC status (4|14 upstream request timeout)/,
    ],
    ["with a decision", { decide: () => ({ overall_code: "UNKNOWN" }) }, /no decision/],
    [
      "because there is no such cluster",
      { cluster: "http://other:1" },
      /no cluster among outbound\|1\|\|other, /,
    ],
  ];
  for (const [why, setup, line] of failures) {
    test(`${why} has requests answered with 503, or let through with failure_mode_allow`, async () => {
      await withService(setup, async (proxy) => {
        const { status, text } = await proxy.request();
        assert.deepEqual([status, text], [503, '{"error": "Rate limit unavailable"}']);
        const call = await proxy.requestHttp2({
          method: "POST",
          headers: [["content-type", "application/grpc"]],
        });
        assert.equal(call.headers.get("grpc-status"), "14");
        assert.ok(proxy.wasmLog().some(({ level, text: said }) => level === "warning" && line.test(said)));
        assert.equal(await metric(proxy, "failed"), 2);
      });
      const allowing = { ...setup, more: { ...setup.more, failure_mode_allow: true, audit_logging: true } };
      await withService(allowing, async (proxy) => {
        assert.equal((await proxy.request()).status, 200);
        assert.ok(proxy.wasmLog().some(({ text }) => /audit .*"decision":"bypass"/.test(text)));
      });
    });
  }

  test("leaves nothing behind when the client goes away", async () => {
    await withService({ decide: () => "silence" }, async (proxy, server) => {
      await proxy.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\n", 200).catch(() => undefined);
      for (const deadline = Date.now() + 5000; server.requests.length === 0;) {
        assert.ok(Date.now() < deadline);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await new Promise((resolve) => setTimeout(resolve, 2200));
      assert.equal(await metric(proxy, "failed"), 0);
    });
  });
});

for (const key of ["shadow", "shadow_mode"]) {
  test(`${key} asks the service, holds nothing up and counts what it would have refused`, async () => {
    const decide = (): RateLimitResponse => ({
      ...overLimit,
      request_headers_to_add: [{ key: "x-a", value: "1" }],
    });
    await withService({ decide, more: { [key]: true } }, async (proxy) => {
      assert.equal((await proxy.request()).status, 200);
      assert.equal(proxy.upstream.last.headers.get("x-a"), undefined);
      for (const deadline = Date.now() + 5000; (await metric(proxy, "shadowed")) !== 1;)
        assert.ok(Date.now() < deadline);
      assert.ok(proxy.wasmLog().some(({ text }) => text === `${key}: would answer 429`));
    });
  });
}
