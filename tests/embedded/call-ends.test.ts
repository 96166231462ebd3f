import assert from "node:assert/strict";
import { test } from "node:test";
import type { GrpcCall, HttpCall } from "../../host/index.js";
import { puppet } from "./puppet.js";

const never = new Promise<never>(() => {});

test("a service hears when the time of an HTTP call is up, and when the plugin has ended", async () => {
  const calls: HttpCall[] = [];
  const { host } = await puppet(
    { request_headers: (call) => void call.httpCall("service") },
    {
      httpCalls: (call) => {
        calls.push(call);
        return never;
      },
    },
  );
  host.stream().requestHeaders([], true);
  assert.equal(host.tick(999), false);
  assert.equal(calls[0]!.signal.aborted, false);
  assert.equal(host.tick(1), true);
  assert.equal(calls[0]!.signal.aborted, true);
  host.stream().requestHeaders([], true);
  assert.equal(calls[1]!.signal.aborted, false);
  host.destroy();
  assert.equal(calls[1]!.signal.aborted, true);
});

test("a gRPC call whose time is up is closed as unavailable, and its service hears of it", async () => {
  const calls: GrpcCall[] = [];
  const closed: number[] = [];
  const { host } = await puppet(
    {
      request_headers: (call) =>
        void call.make("proxy_grpc_call", "service", "a.B", "C", "", "question", 50, call.outs[0]),
      grpc_close: (_call, _root, _token, status) => void closed.push(status),
    },
    {
      grpcCalls: (call) => {
        calls.push(call);
        return never;
      },
    },
  );
  host.stream().requestHeaders([], true);
  assert.equal(host.tick(49), false);
  assert.deepEqual(closed, []);
  assert.equal(host.tick(1), true);
  assert.deepEqual(closed, [14]);
  assert.equal(calls[0]!.signal.aborted, true);
});
