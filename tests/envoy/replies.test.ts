import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Response } from "../../cli/request.js";
import { Proxy } from "./harness.js";

let proxy: Proxy;

before(async () => {
  proxy = await Proxy.start({
    filters: [{ fixture: "replies" }],
    answer: () => ({ headers: { "x-from": "upstream" }, body: "from the upstream" }),
  });
});

after(() => proxy?.stop());

/** Waits for what the stream's end has for `%RESPONSE_CODE_DETAILS%`: it comes a little after the answer. */
const details = (text: string, from: number) =>
  proxy.envoy.log.waitFor(new RegExp(`wasm log[^:]*: details ${text}$`), 5000, from);

function assertAnswered(response: Response): void {
  assert.equal(response.status, 418);
  assert.equal(response.text, "short and stout: ü");
  assert.equal(response.headers.get("content-length"), String(response.body.length));
  assert.equal(response.headers.get("content-type"), "text/x-test");
  assert.equal(response.headers.get("x-one"), "1");
  assert.deepEqual(response.headers.all("x-two"), ["a", "b"]);
  assert.equal(response.headers.has("x-from"), false);
}

test("a local reply from request headers has its status, headers, body and details", async () => {
  const seen = proxy.upstream.requests.length;
  for (const send of [proxy.request.bind(proxy), proxy.requestHttp2.bind(proxy)]) {
    const from = proxy.envoy.log.mark;
    const response = await send("/request-headers");
    assertAnswered(response);
    assert.equal(response.headers.get("x-response-callback"), "seen");
    await details("because_of_the_test", from);
    assert.deepEqual(
      proxy.wasmLog(from).map(({ text }) => text),
      ["replied false true true", "details because_of_the_test"],
    );
  }
  assert.equal(proxy.upstream.requests.length, seen);
  proxy.assertUnharmed();
});

test("a local reply from a request body keeps the request from the upstream", async () => {
  const from = proxy.envoy.log.mark;
  const seen = proxy.upstream.requests.length;
  const response = await proxy.request({ path: "/request-body", body: ["one", "two"] });
  assertAnswered(response);
  assert.equal(proxy.upstream.requests.length, seen);
  await details("because_of_the_test", from);
  proxy.assertUnharmed();
});

test("a local reply from response headers takes the place of the upstream's answer", async () => {
  const from = proxy.envoy.log.mark;
  const response = await proxy.request("/response-headers");
  assertAnswered(response);
  assert.equal(proxy.upstream.last.path, "/response-headers");
  await details("because_of_the_test", from);
  proxy.assertUnharmed();
});

test("a local reply after response headers have gone on breaks the stream off, and nothing else", async () => {
  const outcome = await proxy.request("/response-body").then(
    (response) => response.status,
    (error: Error) => error.message,
  );
  assert.ok(outcome === 200 || /aborted|hang up|ECONNRESET/.test(String(outcome)), String(outcome));
  assert.equal((await proxy.request("/")).text, "from the upstream");
  proxy.assertUnharmed();
});

test("a local reply is given to a gRPC client the gRPC way, with the status it was given or Envoy's own", async () => {
  const from = proxy.envoy.log.mark;
  const headers = { "content-type": "application/grpc", te: "trailers" };
  const own = await proxy.requestHttp2({ path: "/grpc/service", method: "POST", headers, body: "" });
  assert.equal(own.status, 200);
  assert.equal(own.headers.get("grpc-status"), "7");
  assert.equal(own.headers.get("grpc-message"), "not for you");
  assert.equal(own.headers.get("x-why"), "policy");
  assert.equal(own.body.length, 0);
  const default_ = await proxy.requestHttp2({ path: "/grpc/default", method: "POST", headers, body: "" });
  assert.equal(default_.headers.get("grpc-status"), "14");
  await details("denied_by_test", from);
  // Whoever does not speak gRPC gets the HTTP status.
  assert.equal((await proxy.request("/grpc/service")).status, 403);
  proxy.assertUnharmed();
});

test("a local reply has any bytes for a body, or none", async () => {
  const bytes = await proxy.request("/bytes");
  assert.deepEqual(bytes.body, Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
  const empty = await proxy.request("/empty");
  assert.equal(empty.status, 204);
  assert.equal(empty.body.length, 0);
  proxy.assertUnharmed();
});

test("a local reply whose headers cannot be is not sent: the request goes on, and the log says why", async () => {
  for (const [path, sent, said] of [
    ["/evil", "falsefalse", "a header field with a control character or without a name was not set"],
    ["/many", "false", "more than 1024 header fields were not set: the host would take them for none at all"],
  ] as const) {
    const from = proxy.envoy.log.mark;
    const response = await proxy.request(path);
    await details("via_upstream", from);
    assert.equal(response.text, "from the upstream");
    assert.equal(response.headers.has("x-injected"), false);
    assert.equal(proxy.upstream.last.headers.get("x-sent"), sent);
    assert.deepEqual(
      proxy.wasmLog(from).filter(({ level }) => level !== "info"),
      [{ level: "error", text: said }],
    );
  }
  proxy.assertUnharmed();
});

test("of two local replies the first is sent", async () => {
  const response = await proxy.request("/twice");
  assert.equal(response.status, 401);
  assert.equal(response.text, "first");
  assert.equal((await proxy.request("/")).status, 200);
  proxy.assertUnharmed();
});

test("a stream that is reset breaks off without an answer", async () => {
  const seen = proxy.upstream.requests.length;
  await assert.rejects(proxy.request("/reset"), /hang up|ECONNRESET|aborted/);
  assert.equal(proxy.upstream.requests.length, seen);
  assert.equal((await proxy.request("/")).status, 200);
  proxy.assertUnharmed();
});
