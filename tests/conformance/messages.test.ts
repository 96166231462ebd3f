import assert from "node:assert/strict";
import { after, before, suite } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Proxy } from "../envoy/harness.js";
import { exercises, filter, startTraced, withTraced } from "./harness.js";
import { metadataServer, requestWithMetadata } from "./http2-frames.js";

const test = exercises("messages.test.ts");

suite("a plugin with every callback of HTTP", () => {
  let proxy: Proxy;

  before(async () => {
    proxy = await startTraced({
      filters: [await filter("messages", { environment: { CONFORMANCE: "set in the configuration" } })],
      upstreamHttp2: true,
      answer: ({ path }) => ({
        headers: { "x-upstream": "said" },
        body: path === "/body" ? ["1234", "5678"] : "ok",
        // With trailers behind it no part of a body is the last one.
        ...(path !== "/body" && { trailers: { "x-trailer": "of the response" } }),
      }),
    });
  });
  after(() => proxy?.stop());

  test("reads, counts, replaces, adds and removes headers", async () => {
    const headers = { "x-do": "headers", "x-secret": "s3cret", "x-drop-me": "1", "x-kept": "1" };
    const response = await proxy.request({ path: "/headers", headers });
    const seen = proxy.upstream.last.headers;
    assert.deepEqual(seen.all("x-twice"), ["a", "b"]);
    assert.equal(seen.get("x-set"), "new");
    assert.equal(seen.get("x-kept"), "1");
    assert.equal(seen.has("x-secret"), false);
    assert.equal(seen.has("x-drop-me"), false);
    assert.equal(seen.get("x-told"), "s3cret");
    assert.equal(response.status, 201);
    assert.equal(response.headers.get("x-only"), "said");
    assert.equal(response.headers.has("x-upstream"), false);
    await proxy.request({ path: "/headers", headers: { ...headers, "x-more": "m".repeat(100) } });
    const difference = Number(proxy.upstream.last.headers.get("x-size")) - Number(seen.get("x-size"));
    assert.equal(difference, "x-more".length + 100);
  });

  test("reads and replaces bodies", async () => {
    const response = await proxy.request({
      path: "/body",
      headers: { "x-do": "body" },
      body: ["hello", " there"],
    });
    assert.equal(proxy.upstream.last.body.toString(), "before<11,11:HELLO>behind");
    assert.equal(response.text, "5678<12345678,8>");
  });

  test("reads and changes trailers", async () => {
    const response = await proxy.requestHttp2({
      method: "POST",
      headers: { "x-do": "trailers" },
      body: "body",
      trailers: { "x-trailer": "of the request", "x-other": "1" },
    });
    const seen = proxy.upstream.last.trailers;
    assert.equal(seen.get("x-seen"), "of the request");
    assert.equal(seen.get("x-count"), "3");
    assert.equal(seen.get("x-other"), "1");
    assert.equal(seen.has("x-trailer"), false);
    assert.equal(response.trailers.get("x-seen"), "of the response");
    assert.equal(response.trailers.has("x-trailer"), false);
    // Without trailers of its own a request gets those that its body callback adds.
    await proxy.requestHttp2({ method: "POST", headers: { "x-do": "trailers" }, body: "body" });
    assert.equal(proxy.upstream.last.trailers.get("x-added"), "in the body");
  });

  test("lets a request go on that waits", async () => {
    const started = performance.now();
    assert.equal((await proxy.request({ headers: { "x-do": "wait" } })).text, "ok");
    assert.ok(performance.now() - started >= 29);
  });

  test("breaks a stream off", async () => {
    const seen = proxy.upstream.requests.length;
    await assert.rejects(proxy.request({ headers: { "x-do": "reset" } }), /hang up|ECONNRESET|aborted/);
    assert.equal(proxy.upstream.requests.length, seen);
  });

  test("answers by itself", async () => {
    const seen = proxy.upstream.requests.length;
    const response = await proxy.request({ headers: { "x-do": "reply" } });
    assert.deepEqual([response.status, response.text], [418, "short"]);
    assert.equal(response.headers.get("x-why"), "asked");
    assert.equal(proxy.upstream.requests.length, seen);
  });

  test("tells the time", async () => {
    const started = Date.now();
    await proxy.request({ headers: { "x-do": "times" } });
    const seen = proxy.upstream.last.headers;
    for (const nanoseconds of [seen.get("x-now"), seen.get("x-host-time")]) {
      const milliseconds = Number(BigInt(nanoseconds!) / 1_000_000n);
      assert.ok(milliseconds >= started - 1 && milliseconds <= Date.now() + 1, nanoseconds);
    }
    assert.ok(Number(seen.get("x-date")) >= started - 1 && Number(seen.get("x-date")) <= Date.now() + 1);
    assert.equal(seen.get("x-monotonic"), "true");
  });

  test("has the environment that its VM was given, and random numbers", async () => {
    await withTraced(
      { filters: [await filter("messages", { environment: { CONFORMANCE: "set in the configuration" } })] },
      async (proxy) => {
        const random = new Set<string>();
        for (let round = 0; round < 5; round++) {
          await proxy.request({ headers: { "x-do": "environment" } });
          const seen = proxy.upstream.last.headers;
          assert.equal(seen.get("x-environment"), "set in the configuration");
          random.add(seen.get("x-random")!);
        }
        assert.equal(random.size, 5);
        for (const number of random) assert.ok(Number(number) >= 0 && Number(number) < 1, number);
      },
    );
  });

  test("logs at each level, and knows which one the host has", async () => {
    const levels = async () => {
      const from = proxy.envoy.log.mark;
      await proxy.request({ headers: { "x-do": "levels" } });
      await proxy.envoy.log.waitFor(/wasm log[^:]*: at console.log/, 5000, from);
      const lines = proxy.wasmLog(from).filter(({ text }) => text.startsWith("at "));
      return lines.map(({ level, text }) => `${level} ${text}`);
    };
    const fromInfo = ["info at info", "warning at warn", "error at error", "info at console.log"];
    assert.deepEqual(await levels(), ["trace at trace", "debug at debug", ...fromInfo]);
    assert.equal(proxy.upstream.last.headers.get("x-debug-is-on"), "true");
    await proxy.envoy.admin.setLogLevel("wasm", "info");
    try {
      assert.deepEqual(await levels(), fromInfo);
      assert.equal(proxy.upstream.last.headers.get("x-debug-is-on"), "false");
    } finally {
      await proxy.envoy.admin.setLogLevel("wasm", "trace");
    }
    proxy.assertUnharmed();
  });
});

test("starts, configures and ends a plugin, and tells it of each stream's life", async () => {
  const proxy = await startTraced({
    filters: [await filter("messages", { vmConfiguration: "of the VM", configuration: { who: "the test" } })],
  });
  const said = (from = 0) => proxy.wasmLog(from).map(({ text }) => text);
  try {
    // A VM to try it out, one on the main thread, one on the worker.
    for (const line of ["vm starts with <of the VM>", "configured for the test"])
      assert.equal(said().filter((other) => other === line).length, 3, line);
    const from = proxy.envoy.log.mark;
    await proxy.request({ headers: { "x-do": "live" } });
    await proxy.envoy.log.waitFor(/: deleted live/, 5000, from);
    assert.deepEqual(said(from), ["logged live 200", "done live", "deleted live"]);
    proxy.assertUnharmed();
  } finally {
    await proxy.stop();
  }
  assert.ok(said().includes("root deleted"));
});

test("hears of HTTP/2 metadata", async () => {
  const server = await metadataServer([["x-of", "the response"]]);
  const http2 = { allow_metadata: true };
  const name = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  try {
    await withTraced(
      {
        filters: [await filter("messages")],
        routes: [{ cluster: "metadata" }],
        listener: { codec: "HTTP2", more: { http2_protocol_options: http2 } },
        clusters: [
          {
            name: "metadata",
            address: { port: server.port },
            more: {
              typed_extension_protocol_options: {
                [name]: {
                  "@type": `type.googleapis.com/${name}`,
                  explicit_http_config: { http2_protocol_options: http2 },
                },
              },
            },
          },
        ],
      },
      async (proxy) => {
        await requestWithMetadata(proxy.port, [
          ["x-one", "1"],
          ["x-two", "2"],
        ]);
        await proxy.envoy.log.waitFor(/: request metadata 2$/, 5000);
        await proxy.envoy.log.waitFor(/: response metadata 1$/, 5000);
        // It goes on by itself.
        assert.equal(server.received.length, 1);
      },
    );
  } finally {
    server.stop();
  }
});

test("hears of Envoy's figures", async () => {
  const { code } = await filter("messages");
  const config = {
    name: "figures",
    root_id: "messages",
    vm_config: { runtime: "envoy.wasm.runtime.v8", code: { local: { filename: code } } },
  };
  await withTraced(
    {
      filters: [],
      more: {
        stats_flush_interval: "0.1s",
        stats_sinks: [
          {
            name: "envoy.stat_sinks.wasm",
            typed_config: {
              "@type": "type.googleapis.com/envoy.extensions.stat_sinks.wasm.v3.Wasm",
              config,
            },
          },
        ],
      },
    },
    async (proxy) => {
      const line = await proxy.envoy.log.waitFor(/figures of \d+ bytes/, 5000);
      assert.ok(Number(/of (\d+) bytes/.exec(line)![1]) > 0);
      await sleep(150);
    },
  );
});
