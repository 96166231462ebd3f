import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Configuration } from "../../cli/envoy/filters.js";
import { type ProxyOptions, withProxy } from "./harness.js";
import { settled } from "./settled.js";

const options = (configuration: Configuration, more: Partial<ProxyOptions> = {}): ProxyOptions => ({
  filters: [{ plugin: "transform", configuration }],
  ...more,
});

const piece = 64 * 1024;

/** A megabyte less a little in pieces of 64 KB, with `needle` across every boundary and at both ends. */
function megabyte(needle: string): string[] {
  const half = needle.length >> 1;
  const filler = "0123456789abcdef".repeat(piece / 16);
  return Array.from({ length: 15 }, (_, index) => {
    const begin = index === 0 ? needle : needle.slice(half);
    const end = index === 14 ? needle : needle.slice(0, half);
    return begin + filler.slice(0, piece - begin.length - end.length) + end;
  });
}

for (const [what, to] of [
  ["longer", "<<a much longer text>>"],
  ["shorter", "-"],
  ["equally long", "ELDEEN"],
] as const) {
  test(`transform replaces matches across the pieces of a body of 1 MB by a ${what} text, either way`, async () => {
    const body = megabyte("needle");
    const wanted = body.join("").replaceAll("needle", to);
    assert.equal(body.join("").split("needle").length - 1, 16);
    const changes = { body: { replace: [["needle", to]] } };
    const configuration = { max_body_size_bytes: 1 << 21, request: changes, response: changes };
    // Held whole and grown by its changes, the body must fit the host's buffer.
    const listener = { bufferLimit: 4 << 20 };
    await withProxy(
      options(configuration, { listener, answer: () => ({ body, delay: 1 }) }),
      async (proxy) => {
        for (const send of [proxy.request.bind(proxy), proxy.requestHttp2.bind(proxy)]) {
          const response = await send({ path: "/", method: "POST", body });
          assert.equal(response.status, 200);
          assert.ok(response.text === wanted);
          assert.equal(response.headers.has("content-length"), false);
          assert.ok(proxy.upstream.last.body.toString() === wanted);
          assert.equal(proxy.upstream.last.headers.has("content-length"), false);
        }
        const whole = await proxy.request({ path: "/", method: "POST", body: body.join("") });
        assert.ok(whole.text === wanted && proxy.upstream.last.body.toString() === wanted);
        assert.equal(proxy.upstream.last.headers.get("transfer-encoding"), "chunked");
      },
    );
  });
}

test("transform leaves gzip alone, byte for byte, with its length", async () => {
  const packed = gzipSync("needle ".repeat(1000));
  const changes = { body: { replace: [["needle", "x"]], json: { set: { a: 1 } } } };
  const headers = { "content-encoding": "gzip", "content-type": "application/json" };
  const answer = () => ({ headers, body: packed });
  await withProxy(options({ request: changes, response: changes }, { answer }), async (proxy) => {
    const response = await proxy.request({ path: "/", method: "POST", headers, body: packed });
    assert.deepEqual(Buffer.from(response.body), packed);
    assert.equal(gunzipSync(response.body).length, 7000);
    assert.equal(response.headers.get("content-length"), String(packed.length));
    assert.deepEqual(proxy.upstream.last.body, packed);
    assert.equal(proxy.upstream.last.headers.get("content-length"), String(packed.length));
  });
});

test("transform sets the length right where the host lets headers wait", async () => {
  const changes = { body: { replace: [["a", "bbb"]] } };
  const configuration = { hold_headers: true, max_body_size_bytes: 20, request: changes, response: changes };
  const filters = [{ plugin: "transform", configuration, allowOnHeadersStopIteration: true }];
  let body = "xax";
  await withProxy({ filters, answer: () => ({ body }) }, async (proxy) => {
    for (const send of [proxy.request.bind(proxy), proxy.requestHttp2.bind(proxy)]) {
      for (const [given, wanted] of [
        ["xax", "xbbbx"],
        ["xx", "xx"],
        ["a".repeat(21), "a".repeat(21)],
      ] as const) {
        body = given;
        const headers = { "content-length": String(given.length) };
        const response = await send({ path: "/", method: "POST", headers, body: given });
        assert.equal(response.text, wanted);
        assert.equal(response.headers.get("content-length"), String(wanted.length));
        assert.equal(proxy.upstream.last.body.toString(), wanted);
        assert.equal(proxy.upstream.last.headers.get("content-length"), String(wanted.length));
      }
    }
    assert.equal((await proxy.request("/")).status, 200);
  });
});

test("transform leaves bodies over the host's buffer limit to the host, and the next request works", async () => {
  const changes = { body: { replace: [["a", "b"]] } };
  const configuration = { max_body_size_bytes: 1 << 20, request: changes, response: changes };
  let size = 100_000;
  const answer = () => ({ body: ["a".repeat(size / 2), "a".repeat(size / 2)], delay: 5 });
  await withProxy(options(configuration, { answer, listener: { bufferLimit: 32768 } }), async (proxy) => {
    const request = await proxy.request({
      path: "/",
      method: "POST",
      body: ["a".repeat(50_000), "a".repeat(50_000)],
    });
    assert.equal(request.status, 413);
    const response = await proxy.request("/").catch(() => null);
    assert.ok(response === null || response.status === 500 || response.body.length < size);
    size = 1000;
    const next = await proxy.request({ path: "/", method: "POST", body: "aa" });
    assert.equal(next.text, "b".repeat(1000));
    assert.equal(proxy.upstream.last.body.toString(), "bb");
    await settled();
  });
});

test("transform leaves it to Envoy to choose the route anew for a changed path or host", async () => {
  const configuration = {
    request: { path: { prefix_rewrite: ["/old", "/new"] } },
    overrides: [
      { match: { path_prefix: "/host" }, config: { request: { set: [["host", "b.example.com"]] } } },
    ],
  };
  const routes = [{ prefix: "/new", direct: { status: 204 } }, { cluster: "upstream" }];
  await withProxy(options(configuration, { routes }), async (proxy) => {
    assert.equal((await proxy.request("/old/x")).status, 204);
    assert.equal((await proxy.requestHttp2("/old/x")).status, 204);
    assert.equal((await proxy.request("/other")).status, 200);
    await proxy.request("/host");
    assert.equal(proxy.upstream.last.authority, "b.example.com");
  });
});

test("transform is not slowed by paths made for it", async () => {
  const configuration = { request: { path: { regex: ["a(.*b)?|(?:a|a?)+c$", "x"] } } };
  await withProxy(options(configuration), async (proxy) => {
    const begin = performance.now();
    await proxy.request("/aaaa");
    const short = performance.now() - begin;
    const long = `/${"a".repeat(50_000)}`;
    const start = performance.now();
    assert.equal((await proxy.request(long)).status, 200);
    // A search that starts over from each character would take a minute and more.
    assert.ok(performance.now() - start < 5000 + short);
    assert.equal(proxy.upstream.last.path, `/${"x".repeat(50_000)}`);
  });
});
