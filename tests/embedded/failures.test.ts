import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { FailurePolicy, HostOptions } from "../../host/index.js";
import { puppet } from "./puppet.js";

const get: [string, string][] = [
  [":method", "GET"],
  [":path", "/"],
  [":authority", "example"],
];

/** A host whose module traps in a callback for as long as it is told to. */
async function trapping(where: string, options: HostOptions = {}) {
  const state = { traps: true };
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
    "foreign_function",
  ]) {
    test(`in ${where} fails no more than the plugin: the host goes on`, async () => {
      const state = { traps: false };
      const { host } = await puppet(
        {
          configure: (call) => {
            call.make("proxy_set_tick_period_milliseconds", 10);
            call.make("proxy_register_shared_queue", "q", call.outs[0]);
            call.make("proxy_enqueue_shared_queue", call.u32(call.outs[0]), "x");
            call.httpCall("service");
            return 1;
          },
          [where]: (call) => (state.traps ? call.trap : 0),
        },
        { httpCalls: () => ({}), failurePolicy: "FAIL_OPEN" },
      );
      state.traps = true;
      await host.settled();
      host.tick(10);
      const exchange = await host.fetch(
        { body: "a", trailers: [["x", "1"]] },
        { body: "b", trailers: [["x", "1"]] },
      );
      // What happens before a response is done with is answered, what happens in its body breaks it off.
      if (/^response_(body|trailers)/.test(where)) assert.equal(exchange.reset, true);
      else if (/^(context_create|request|response)/.test(where)) assert.equal(exchange.status, 503);
      else assert.equal(exchange.status, 200);
      const later = await host.fetch({}, { body: "b" });
      assert.equal(later.status, 200);
      host.tick(1000);
      host.destroy();
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
});
