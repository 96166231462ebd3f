import assert from "node:assert/strict";
import { test } from "node:test";
import { withProxy } from "./harness.js";

test("hello greets every response, whatever its status", async () => {
  await withProxy(
    {
      filters: [{ plugin: "hello" }],
      answer: ({ path }) => ({ status: path === "/missing" ? 404 : 200, body: "body" }),
    },
    async (proxy) => {
      for (const [path, status] of [
        ["/", 200],
        ["/missing", 404],
      ] as const) {
        const response = await proxy.request(path);
        assert.equal(response.status, status);
        assert.equal(response.text, "body");
        assert.deepEqual(response.headers.all("hello"), ["world"]);
      }
      assert.equal(proxy.upstream.last.headers.has("hello"), false);
    },
  );
});

test("hello greets over HTTP/2, and on answers that Envoy makes itself", async () => {
  await withProxy(
    {
      filters: [{ plugin: "hello" }],
      routes: [{ path: "/own", direct: { status: 418 } }, { cluster: "upstream" }],
    },
    async (proxy) => {
      assert.deepEqual((await proxy.requestHttp2()).headers.all("hello"), ["world"]);
      const own = await proxy.request("/own");
      assert.equal(own.status, 418);
      assert.deepEqual(own.headers.all("hello"), ["world"]);
    },
  );
});

test("hello takes the place of a greeting that the upstream sent", async () => {
  await withProxy(
    {
      filters: [{ plugin: "hello" }],
      answer: () => ({
        headers: [
          ["Hello", "a"],
          ["hello", "b"],
        ],
      }),
    },
    async (proxy) => assert.deepEqual((await proxy.request()).headers.all("hello"), ["world"]),
  );
});
