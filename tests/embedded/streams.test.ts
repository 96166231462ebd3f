import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { puppet } from "./puppet.js";

const requestFields: [string, string][] = [
  [":method", "GET"],
  [":path", "/a?b=c"],
  [":authority", "example"],
];
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

suite("a stream", () => {
  test("runs through all callbacks in Envoy's order", async () => {
    const { host, ran } = await puppet();
    ran.length = 0;
    const s = host.stream();
    s.requestHeaders(requestFields);
    s.requestBody("abc");
    s.requestTrailers([["x-t", "1"]]);
    s.responseHeaders([[":status", "200"]]);
    s.responseBody("abc");
    s.responseTrailers([["x-t", "1"]]);
    s.close();
    assert.deepEqual(ran, [
      "context_create",
      "request_headers",
      "request_body",
      "request_trailers",
      "response_headers",
      "response_body",
      "response_trailers",
      "log",
      "done",
      "delete",
    ]);
  });

  test("that never had headers is made known to be logged", async () => {
    const { host, ran } = await puppet();
    ran.length = 0;
    host.stream().close();
    assert.deepEqual(ran, ["context_create", "log", "done", "delete"]);
  });

  test("sees the first of repeated fields, names in any case, and joins what Envoy keeps but once", async () => {
    const seen: unknown[] = [];
    const { host } = await puppet({
      request_headers: (call) => {
        seen.push(call.header(0, "X-Two"), call.header(0, "x-none"), call.header(2, "x-two"));
        call.make("proxy_add_header_map_value", 0, "X-Two", "c");
        call.make("proxy_add_header_map_value", 0, "accept", "y");
        call.setHeader(0, "x-one", "new");
        call.make("proxy_remove_header_map_value", 0, "X-GONE");
      },
    });
    const r = host
      .stream()
      .requestHeaders(
        [
          ...requestFields,
          ["X-One", "1"],
          ["x-one", "2"],
          ["x-two", "a"],
          ["x-two", "b"],
          ["accept", "x"],
          ["x-gone", ""],
        ],
        true,
      );
    assert.deepEqual(seen, ["a", 1, 2]);
    assert.deepEqual(r.headers.slice(3), [
      ["x-two", "a"],
      ["x-two", "b"],
      ["accept", "x,y"],
      ["x-two", "c"],
      ["x-one", "new"],
    ]);
  });

  test("reaches headers while they are in a callback or wait, and when it is logged", async () => {
    const seen: unknown[] = [];
    const look = (name: string) => (call: { header(map: number, name: string): string | number }) =>
      void seen.push(name, call.header(0, ":path"), call.header(2, ":status"), call.header(6, "x"));
    const { host } = await puppet({
      request_headers: look("request"),
      request_body: look("body"),
      response_headers: look("response"),
      log: look("log"),
      done: look("done"),
    });
    const s = host.stream();
    s.requestHeaders(requestFields);
    s.requestBody("a", true);
    s.responseHeaders([[":status", "204"]], true);
    s.close();
    assert.deepEqual(seen, [
      ...["request", "/a?b=c", 2, 2],
      ...["body", 2, 2, 2],
      ...["response", 2, "204", 2],
      ...["log", "/a?b=c", "204", 1],
      ...["done", 2, 2, 2],
    ]);
  });
});

suite("a pause", () => {
  test("in request headers holds the body unseen; continuing shows it at once, headers first", async () => {
    const seen: unknown[] = [];
    const { host } = await puppet({
      request_headers: () => 1,
      request_body: (call, _id, size, end) => void seen.push(size, end, call.body(0)),
      tick: (call) => {
        call.make("proxy_set_effective_context", 2);
        call.setHeader(0, "x-late", "1");
        call.make("proxy_continue_stream", 0);
      },
      configure: (call) => {
        call.make("proxy_set_tick_period_milliseconds", 100);
        return 1;
      },
    });
    const s = host.stream();
    assert.equal(s.requestHeaders(requestFields).paused, true);
    assert.equal(s.requestBody("ab").paused, true);
    assert.deepEqual(text(s.requestBody("cd", true).body), "");
    host.tick(99);
    assert.deepEqual(seen, []);
    host.tick(1);
    assert.deepEqual(seen, [4, 1, "abcd"]);
    const state = s.requestState;
    assert.deepEqual(
      [state.paused, state.headersSent, state.end, text(state.body)],
      [false, true, true, "abcd"],
    );
    assert.deepEqual(state.headers.at(-1), ["x-late", "1"]);
  });

  test("in headers lets body callbacks come where that is allowed, and the body brings the headers on", async () => {
    const { host, ran } = await puppet(
      {
        request_headers: () => 1,
        request_body: (call, _id, _size, end) => {
          if (end === 0) return 1;
          call.setBody(0, "new");
          return 0;
        },
      },
      { allowOnHeadersStopIteration: true },
    );
    const s = host.stream();
    assert.equal(s.requestHeaders(requestFields).headersSent, false);
    assert.equal(s.requestBody("ab").headersSent, false);
    const r = s.requestBody("cd", true);
    assert.deepEqual([r.headersSent, text(r.body), r.end], [true, "new", true]);
    assert.equal(ran.filter((name) => name === "request_body").length, 2);
  });

  test("in a body keeps all of it for the callbacks to come", async () => {
    const seen: unknown[] = [];
    const { host } = await puppet({
      response_body: (call, _id, size, end) => {
        seen.push(size, call.body(1));
        return end === 0 ? 1 : 0;
      },
    });
    const s = host.stream();
    s.requestHeaders(requestFields, true);
    s.responseHeaders([[":status", "200"]]);
    assert.equal(s.responseBody("ab").paused, true);
    assert.equal(s.responseBody("cd").body.length, 0);
    const r = s.responseBody("", true);
    assert.deepEqual(seen, [2, "ab", 4, "abcd", 4, "abcd"]);
    assert.equal(text(r.body), "abcd");
  });

  test("without a buffer drops the piece, and with a watermark shows each piece once", async () => {
    for (const [answer, whole] of [
      [2, "abcd"],
      [3, "cd"],
    ] as const) {
      const sizes: number[] = [];
      const { host } = await puppet({
        request_body: (_call, _id, size, end) => {
          sizes.push(size);
          return end === 0 ? answer : 0;
        },
      });
      const s = host.stream();
      s.requestHeaders(requestFields);
      s.requestBody("ab");
      assert.equal(text(s.requestBody("cd", true).body), whole);
      assert.deepEqual(sizes, [2, 2]);
    }
  });

  test("in trailers holds them with the body before", async () => {
    const { host } = await puppet({ request_body: () => 1, request_trailers: () => 1 });
    const s = host.stream();
    s.requestHeaders(requestFields);
    s.requestBody("ab");
    assert.deepEqual(s.requestTrailers([["x-t", "1"]]).paused, true);
    const other = (await puppet({ request_body: () => 1 })).host.stream();
    other.requestHeaders(requestFields);
    other.requestBody("ab");
    const r = other.requestTrailers([["x-t", "1"]]);
    assert.deepEqual([text(r.body), r.end, r.paused], ["ab", true, false]);
  });

  test("continued within the callback goes on, and Envoy's hostcalls then reach no headers", async () => {
    const seen: unknown[] = [];
    const { host } = await puppet({
      request_headers: (call) => {
        seen.push(call.make("proxy_continue_stream", 0), call.header(0, ":path"));
        seen.push(call.make("proxy_continue_stream", 3), call.make("proxy_continue_stream", 4));
        return 1;
      },
    });
    const r = host.stream().requestHeaders(requestFields, true);
    assert.deepEqual(seen, [0, 2, 12, 2]);
    assert.deepEqual([r.headersSent, r.end], [true, true]);
  });
});

suite("a body", () => {
  test("is written from the front or behind its end, and nowhere else, and not in a headers callback", async () => {
    const seen: unknown[] = [];
    const { host } = await puppet({
      request_headers: (call) => void seen.push(call.setBody(0, "x"), call.body(0)),
      request_body: (call) => {
        seen.push(call.setBody(0, "<", 0, 0), call.setBody(0, ">", 100, 0), call.setBody(0, "no", 1, 1));
        seen.push(call.setBody(0, "[", 0, 2), call.setBody(9, "x"), call.body(7));
      },
    });
    const s = host.stream();
    s.requestHeaders(requestFields);
    assert.equal(text(s.requestBody("abcd", true).body), "[bcd>");
    assert.deepEqual(seen, [2, "", 0, 0, 2, 0, 2, 1]);
  });

  test("of a request that grows past the limit is answered with 413 when the callback has returned", async () => {
    for (const grow of ["in pieces", "in a hostcall"]) {
      const { host, ran } = await puppet(
        {
          request_body: (call, _id, size) => {
            if (grow === "in a hostcall" && size > 60) assert.equal(call.setBody(0, "x".repeat(200)), 0);
            return 1;
          },
        },
        { bufferLimitBytes: 100 },
      );
      const s = host.stream();
      s.requestHeaders(requestFields);
      assert.equal(s.requestBody("a".repeat(60)).localReply, undefined);
      const r = s.requestBody("b".repeat(grow === "in pieces" ? 60 : 30));
      assert.equal(r.localReply?.status, 413);
      assert.equal(text(r.localReply.body), "Payload Too Large");
      assert.equal(r.localReply?.details, "request_payload_too_large");
      assert.deepEqual(ran.slice(-4), ["request_body", "request_body", "response_headers", "response_body"]);
    }
  });

  test("of a response that grows past it ends the context within the hostcall", async () => {
    for (const held of [true, false]) {
      const order: string[] = [];
      const { host } = await puppet(
        {
          response_headers: () => (held ? 1 : 0),
          response_body: (call, _id, size) => {
            if (size < 40) return 1;
            order.push("before");
            order.push(String(call.setBody(1, "x".repeat(200))), String(call.header(2, ":status")));
            return 1;
          },
          log: () => void order.push("log"),
          done: () => void order.push("done"),
          delete: () => void order.push("delete"),
        },
        { bufferLimitBytes: 100, allowOnHeadersStopIteration: true },
      );
      const s = host.stream();
      s.requestHeaders(requestFields, true);
      s.responseHeaders([[":status", "200"]]);
      s.responseBody("a".repeat(30));
      const r = s.responseBody("b".repeat(30));
      assert.deepEqual(order, ["before", "log", "done", "delete", "0", "2"]);
      if (held) assert.deepEqual([r.localReply?.status, r.localReply?.direct], [500, true]);
      else assert.equal(r.reset, true);
    }
  });

  test("that waits for the plugin with its headers is not refused for its size", async () => {
    const { host } = await puppet({ request_headers: () => 1 }, { bufferLimitBytes: 100 });
    const s = host.stream();
    s.requestHeaders(requestFields);
    assert.equal(s.requestBody("a".repeat(1000), true).localReply, undefined);
  });

  test("gets trailers when a callback at its end asks for some", async () => {
    const { host } = await puppet({
      request_body: (call, _id, _size, end) => {
        const status = call.make("proxy_add_header_map_value", 1, "x-added", "1");
        assert.equal(status, end === 1 ? 0 : 2);
      },
    });
    const s = host.stream();
    s.requestHeaders(requestFields);
    s.requestBody("a");
    const r = s.requestBody("b", true);
    assert.deepEqual(r.trailers, [["x-added", "1"]]);
    assert.equal(r.end, true);
  });
});
