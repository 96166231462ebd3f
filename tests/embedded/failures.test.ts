import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type FailurePolicy, type HostOptions, ProxyWasmHost } from "../../host/index.js";
import { pluginWat } from "../support/wat.js";
import { puppet } from "./puppet.js";

const get: [string, string][] = [
  [":method", "GET"],
  [":path", "/"],
  [":authority", "example"],
];

/** A host whose module traps in a callback for as long as it is told to. */
async function trapping(where: string, options: HostOptions = {}, traps = true) {
  const state = { traps };
  const { host, ran } = await puppet({ [where]: (call) => (state.traps ? call.trap : 0) }, options);
  return { host, ran, state };
}

suite("a trap", () => {
  for (const policy of ["FAIL_CLOSED", "FAIL_OPEN", "FAIL_RELOAD"] as FailurePolicy[]) {
    test(`in request headers is a 503 under ${policy}`, async () => {
      const { host, ran } = await trapping("request_headers", { failurePolicy: policy });
      const r = host.stream().requestHeaders(get, true);
      assert.equal(r.localReply?.status, 503);
      assert.equal(r.localReply?.details, "wasm_fail_stream");
      assert.equal(r.localReply?.body.length, 0);
      assert.match(
        r.trap!.message,
        /^Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable/,
      );
      assert.equal(ran.at(-1), "request_headers");
      assert.ok(
        host.logs.some(({ message }) => message.startsWith("Function: proxy_on_request_headers failed")),
      );
    });
  }

  test("closes all later streams", async () => {
    const { host, ran } = await trapping("request_headers");
    host.stream().requestHeaders(get, true);
    const s = host.stream();
    assert.equal(s.requestHeaders(get).localReply?.status, 503);
    s.close();
    assert.equal(ran.at(-1), "request_headers");
    const grpc = host.stream().requestHeaders([...get, ["content-type", "application/grpc"]], true);
    assert.equal(new Map(grpc.localReply!.headers).get("grpc-status"), "14");
  });

  test("lets later streams pass untouched where it may", async () => {
    const { host } = await trapping("request_body", { failurePolicy: "FAIL_OPEN" });
    const early = host.stream();
    early.requestHeaders(get);
    const s = host.stream();
    s.requestHeaders(get);
    assert.equal(s.requestBody("x").localReply?.status, 503);
    // One that the plugin had begun is failed; new ones are not.
    assert.equal(early.requestBody("x").localReply?.status, 503);
    const exchange = await host.fetch({ body: "a" }, { body: "b" });
    assert.deepEqual([exchange.status, exchange.text, exchange.trap], [200, "b", undefined]);
  });

  test("has the plugin begin anew where it may, not sooner than a second after it began", async () => {
    const { host, ran, state } = await trapping("request_headers", {
      failurePolicy: "FAIL_RELOAD",
      random: (bytes) => bytes.fill(0),
    });
    host.stream().requestHeaders(get, true);
    state.traps = false;
    host.tick(999);
    assert.equal(host.stream().requestHeaders(get, true).localReply?.status, 503);
    host.tick(1);
    ran.length = 0;
    const r = host.stream().requestHeaders(get, true);
    assert.equal(r.localReply, undefined);
    assert.deepEqual(ran, ["context_create", "vm_start", "configure", "context_create", "request_headers"]);
  });

  for (const where of [
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
    "tick",
    "http_call_response",
    "queue_ready",
    "grpc_receive_initial_metadata",
    "grpc_receive",
    "grpc_receive_trailing_metadata",
    "grpc_close",
    "envoy_on_resolve_dns",
  ]) {
    test(`in ${where} fails no more than the plugin: the host goes on`, async () => {
      const state = { traps: false };
      const { host, ran } = await puppet(
        {
          configure: (call) => {
            call.make("proxy_set_tick_period_milliseconds", 10);
            return 1;
          },
          tick: (call) => {
            call.make("proxy_set_tick_period_milliseconds", 0);
            call.make("envoy_resolve_dns", "localhost", call.outs[0]);
            call.make("proxy_grpc_stream", "service", "s", "m", "", call.outs[0]);
            call.make("proxy_register_shared_queue", "q", call.outs[0]);
            call.make("proxy_enqueue_shared_queue", call.u32(call.outs[0]), "x");
            call.httpCall("service");
          },
          [where]: (call) => (state.traps ? call.trap : 0),
        },
        {
          httpCalls: () => ({}),
          grpcCalls: ({ stream }) => {
            stream!.send("message");
            stream!.close(0, "", [["x", "1"]]);
            return "open";
          },
          dns: () => ({ addresses: ["192.0.2.1"] }),
          failurePolicy: "FAIL_OPEN",
        },
      );
      state.traps = true;
      host.tick(10);
      await host.settled();
      const exchange = await host.fetch(
        { body: "a", trailers: [["x", "1"]] },
        { body: "b", trailers: [["x", "1"]] },
      );
      // What happens before a response is done with is answered, what happens in its body breaks it off.
      if (/^response_(body|trailers)/.test(where)) assert.equal(exchange.reset, true);
      else if (/^(context_create|request|response)/.test(where)) assert.equal(exchange.status, 503);
      else assert.equal(exchange.status, 200);
      const name = where.startsWith("envoy_") ? where : `proxy_on_${where}`;
      const failures = host.logs.filter(({ message }) => message.startsWith("Function: "));
      assert.deepEqual(
        failures.map(({ message }) => message),
        [`Function: ${name} failed: Uncaught RuntimeError: unreachable`],
      );
      assert.equal(ran.at(-1), where);
      const later = await host.fetch({}, { body: "b" });
      assert.equal(later.status, 200);
      assert.equal(ran.at(-1), where);
      host.tick(1000);
      host.destroy();
    });
  }

  const ends = ["downstream_connection_close", "upstream_connection_close", "done", "log", "delete"];
  for (const where of ["context_create", "new_connection", "downstream_data", "upstream_data", ...ends]) {
    test(`in ${where} of a connection closes it, and the host goes on`, async () => {
      for (const failurePolicy of ["FAIL_CLOSED", "FAIL_OPEN"] as FailurePolicy[]) {
        const { host, ran, state } = await trapping(where, { failurePolicy }, false);
        const connect = () => {
          const s = host.tcpStream();
          s.newConnection();
          s.downstreamData("ping");
          return { s, last: s.upstreamData("pong") };
        };
        const other = connect();
        assert.deepEqual([other.last.closed, Buffer.from(other.last.data).toString()], [undefined, "pong"]);
        state.traps = true;
        const { s, last } = connect();
        assert.equal(last.closed, ends.includes(where) ? undefined : true);
        s.upstreamClosed();
        s.close();
        assert.equal(ran.at(-1), where);
        // One that the plugin had begun is closed with it; new ones go by the policy.
        assert.equal(other.s.downstreamData("ping").closed, true);
        assert.equal(connect().last.closed, failurePolicy === "FAIL_OPEN" ? undefined : true);
        assert.equal(ran.at(-1), where);
      }
    });
  }

  for (const where of ["vm_start", "configure"]) {
    test(`in ${where}, or a refusal there, is a configuration that was not taken`, async () => {
      for (const answer of [0, 0xdead]) {
        const { host } = await puppet({ [where]: () => answer }, { failurePolicy: "FAIL_RELOAD" });
        assert.equal(host.configured, false);
        host.tick(10_000);
        assert.equal((await host.fetch()).status, 503);
        const open = await puppet({ [where]: () => answer }, { failurePolicy: "FAIL_OPEN" });
        assert.equal((await open.host.fetch()).status, 200);
      }
    });
  }

  test("of a stack that is used up is one like any other, and the next VM has all of it", async () => {
    const host = await ProxyWasmHost.load(
      await pluginWat(`(func $deep (param i64 i64) (result i64)
          (i64.add (call $deep (local.get 1) (local.get 0)) (local.get 0)))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (i32.wrap_i64 (call $deep (i64.const 1) (i64.const 2))))`),
      { failurePolicy: "FAIL_RELOAD", random: (bytes) => bytes.fill(0) },
    );
    for (let i = 0; i < 3; i++) {
      const { status, trap } = await host.fetch();
      assert.equal(status, 503);
      assert.equal(
        trap!.message,
        "Function: proxy_on_request_headers failed: Uncaught RangeError: Maximum call stack size exceeded",
      );
      assert.equal((await host.fetch()).status, 503);
      host.tick(1000);
    }
    assert.equal(host.logs.filter(({ message }) => message.startsWith("Function: ")).length, 3);
  });
});
