import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { puppet } from "./puppet.js";

const get: [string, string][] = [
  [":method", "GET"],
  [":path", "/"],
  [":authority", "example"],
];
const grpc: [string, string][] = [...get, ["content-type", "application/grpc"]];
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

suite("a local reply", () => {
  test("from request headers passes the response callbacks, with length and type", async () => {
    const { host, ran } = await puppet({
      request_headers: (call) => void assert.equal(call.reply(418, "tea", [["X-A", "1"]], "be cause"), 0),
      response_headers: (call) => void call.setHeader(2, "x-seen", "1"),
      response_body: (call) => void call.setBody(1, "TEA"),
    });
    const s = host.stream();
    const r = s.requestHeaders(get, true);
    assert.deepEqual(
      { ...r.localReply, body: text(r.localReply!.body) },
      {
        status: 418,
        headers: [
          ["x-a", "1"],
          ["content-length", "3"],
          ["content-type", "text/plain"],
          ["x-seen", "1"],
        ],
        body: "TEA",
        details: "be_cause",
      },
    );
    assert.equal(r.headersSent, false);
    s.requestBody("late", true);
    s.close();
    assert.deepEqual(ran.slice(-6), [
      "request_headers",
      "response_headers",
      "response_body",
      "log",
      "done",
      "delete",
    ]);
  });

  test("keeps its own type, loses both without a body, and has none for a HEAD", async () => {
    const { host } = await puppet({
      request_headers: (call) => {
        const length = call.header(0, ":method") === "POST" ? "" : "x";
        call.reply(200, length, [["content-type", "text/x"]]);
      },
    });
    const headersFor = (method: string) => {
      const { localReply } = host.stream().requestHeaders([[":method", method], ...get.slice(1)], true);
      return [localReply!.headers, text(localReply!.body)];
    };
    const full = [
      ["content-type", "text/x"],
      ["content-length", "1"],
    ];
    assert.deepEqual(headersFor("GET"), [full, "x"]);
    assert.deepEqual(headersFor("HEAD"), [full, ""]);
    assert.deepEqual(headersFor("POST"), [[], ""]);
  });

  test("is given to gRPC in its way, with the status that it was given or Envoy's own", async () => {
    let status = 7;
    const { host } = await puppet({
      request_headers: (call) => void call.reply(403, "not für you", [["x-why", "policy"]], "", status),
    });
    const own = host.stream().requestHeaders(grpc, true).localReply!;
    assert.equal(own.status, 200);
    assert.deepEqual(own.headers, [
      ["x-why", "policy"],
      ["content-type", "application/grpc"],
      ["grpc-status", "7"],
      ["grpc-message", "not f%C3%BCr you"],
    ]);
    assert.equal(own.body.length, 0);
    for (const other of [-1, 17]) {
      status = other;
      const reply = host.stream().requestHeaders(grpc, true).localReply!;
      assert.equal(new Map(reply.headers).get("grpc-status"), "7");
    }
  });

  test("of two in a callback is the first", async () => {
    const { host } = await puppet({
      request_headers: (call) => {
        call.reply(401, "first");
        call.reply(402, "second");
      },
    });
    assert.equal(host.stream().requestHeaders(get, true).localReply?.status, 401);
  });

  test("from response headers takes the place of the answer, past the callbacks, and ends the stream", async () => {
    const { host, ran } = await puppet({ response_headers: (call) => void call.reply(500, "no") });
    const s = host.stream();
    s.requestHeaders(get, true);
    const r = s.responseHeaders([[":status", "200"]]);
    assert.deepEqual([r.localReply?.status, text(r.localReply!.body), r.headersSent], [500, "no", false]);
    assert.deepEqual(ran.slice(-4), ["response_headers", "log", "done", "delete"]);
    assert.equal(s.responseBody("late", true).body.length, 0);
    const before = ran.length;
    s.close();
    assert.equal(ran.length, before);
  });

  test("after response headers have gone on breaks the stream off", async () => {
    const { host } = await puppet({ response_body: (call) => void call.reply(500, "no") });
    const s = host.stream();
    s.requestHeaders(get, true);
    s.responseHeaders([[":status", "200"]]);
    assert.equal(s.responseBody("x").reset, true);
  });

  test("from a tick and from a request's body and trailers reaches the client", async () => {
    for (const where of ["request_body", "request_trailers", "tick"]) {
      const { host } = await puppet({
        configure: (call) => {
          call.make("proxy_set_tick_period_milliseconds", 10);
          return 1;
        },
        request_headers: () => (where === "tick" ? 1 : 0),
        [where]: (call) => {
          call.make("proxy_set_effective_context", 2);
          call.reply(429, "not now");
        },
      });
      const s = host.stream();
      s.requestHeaders(get);
      s.requestBody("a");
      s.requestTrailers([["x", "1"]]);
      host.tick(10);
      assert.equal(s.requestState.localReply?.status, 429, where);
    }
  });

  test("from a root does nothing and says that all is well", async () => {
    const { host } = await puppet({
      configure: (call) => {
        assert.equal(call.reply(500), 0);
        assert.equal(call.make("proxy_close_stream", 0), 0);
        assert.equal(call.make("proxy_close_stream", 7), 2);
        return 1;
      },
    });
    assert.equal(host.configured, true);
  });

  test("is handed to a listener, which plays it by itself", async () => {
    const { host, ran } = await puppet({ request_headers: (call) => void call.reply(403, "no") });
    const s = host.stream();
    const heard: number[] = [];
    s.listener = { onProgress: () => {}, onLocalReply: ({ status }) => heard.push(status) };
    s.requestHeaders(get);
    assert.deepEqual([heard, ran.at(-1)], [[403], "request_headers"]);
    s.responseHeaders([[":status", "403"]], true);
    assert.equal(ran.at(-1), "response_headers");
    assert.equal(s.take("response").headers?.text(":status"), "403");
  });
});

test("a closed stream is broken off", async () => {
  const { host, ran } = await puppet({
    request_headers: (call) => void assert.equal(call.make("proxy_close_stream", 1), 0),
  });
  const r = host.stream().requestHeaders(get, true);
  assert.equal(r.reset, true);
  assert.deepEqual(ran.slice(-3), ["log", "done", "delete"]);
});
