import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import type { RequestOptions } from "../../cli/request.js";
import { Proxy } from "./harness.js";

let proxy: Proxy;
/** Long enough to tell a request that waited from one that did not. */
const tick = 300;

before(async () => {
  proxy = await Proxy.start({
    filters: [{ fixture: "pausing", configuration: { tick_ms: tick } }],
    answer: () => ({
      headers: [
        ["x-up", "1"],
        ["x-up", "2"],
      ],
      body: "ok",
    }),
  });
});

after(() => proxy?.stop());

const atOnce: [string, RequestOptions][] = [
  ["the headers callback of a request", { path: "/at-once" }],
  ["the body callback of a request", { path: "/body-at-once", body: ["a", "b"] }],
  ["the headers callback of a response", { path: "/response-at-once" }],
];

for (const [what, options] of atOnce) {
  test(`resume in ${what} that then pauses lets it go on`, async () => {
    for (let round = 0; round < 3; round++) {
      const response = await proxy.request({ ...options, timeout: 5000 });
      assert.equal(response.status, 200);
      assert.equal(response.text, "ok");
    }
    proxy.assertUnharmed();
  });
}

test("resume of what does not wait does nothing", async () => {
  const response = await proxy.request("/not-waiting");
  assert.equal(response.text, "ok");
  assert.equal(proxy.upstream.requests.filter(({ path }) => path === "/not-waiting").length, 1);
  proxy.assertUnharmed();
});

const waiting: [string, RequestOptions][] = [
  ["request headers", { path: "/request" }],
  ["a request, resumed twice,", { path: "/request-twice" }],
  ["a request body", { path: "/body", body: "some body" }],
  ["response headers", { path: "/response" }],
];

for (const [what, options] of waiting) {
  test(`a tick of the root lets ${what} go on that waited for it, exactly once`, async () => {
    const before = proxy.upstream.requests.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => proxy.request(options)));
    for (const { status, text } of answers) assert.deepEqual([status, text], [200, "ok"]);
    const seen = proxy.upstream.requests.slice(before);
    assert.equal(seen.length, 20);
    for (const { body } of seen) assert.equal(body.toString(), options.body ?? "");
    proxy.assertUnharmed();
  });
}

test("a request that waits is not passed on before the tick", async () => {
  // Whenever the ticks are: of three requests, one after the other, two wait for a whole period.
  const started = performance.now();
  for (let round = 0; round < 3; round++) await proxy.request("/request");
  assert.ok(performance.now() - started > 1.9 * tick);
});

test("a tick reads and changes headers of the streams that wait, each its own", async () => {
  const before = proxy.upstream.requests.length;
  const mine = Array.from({ length: 10 }, (_, index) => String(index));
  await Promise.all(mine.map((id) => proxy.request({ path: "/request-change", headers: { "x-mine": id } })));
  const seen = proxy.upstream.requests.slice(before);
  assert.deepEqual(seen.map(({ headers }) => headers.get("x-from-tick")).sort(), mine);
  for (const { headers } of seen) assert.equal(headers.get("x-from-tick"), headers.get("x-mine"));
  const response = await proxy.request("/response");
  assert.equal(response.headers.get("x-from-tick"), "1|2");
  proxy.assertUnharmed();
});

test("a tick answers streams that wait by itself", async () => {
  const before = proxy.upstream.requests.length;
  const answers = await Promise.all(Array.from({ length: 5 }, () => proxy.request("/request-reply")));
  for (const response of answers) {
    assert.equal(response.status, 429);
    assert.equal(response.text, "not now");
    assert.equal(response.headers.get("x-from"), "tick");
  }
  assert.equal(proxy.upstream.requests.length, before);
  proxy.assertUnharmed();
});

test("a stream whose client has gone while it waited is let go of, and its hostcalls do nothing", async () => {
  const before = proxy.upstream.requests.length;
  const from = proxy.envoy.log.mark;
  await new Promise<void>((resolve, reject) => {
    const socket = connect(proxy.port, "127.0.0.1", () => {
      socket.write("GET /request HTTP/1.1\r\nhost: a\r\n\r\n", () => setTimeout(() => socket.destroy(), 20));
    });
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
  // It may have been let go by a tick in between: then there is nothing to forget.
  const answer = await proxy.request("/request");
  assert.equal(answer.status, 200);
  const forgotten = proxy.wasmLog(from).some(({ text }) => text === "forgot one that waited");
  assert.equal(proxy.upstream.requests.length, before + (forgotten ? 1 : 2));
  proxy.assertUnharmed();
});
