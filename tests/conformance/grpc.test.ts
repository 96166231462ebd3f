import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Proxy } from "../envoy/harness.js";
import { GrpcServer } from "./grpc-server.js";
import { exercises, filter, startTraced } from "./harness.js";

const test = exercises("grpc.test.ts");

let server: GrpcServer;
let proxy: Proxy;

before(async () => {
  server = await GrpcServer.start();
  proxy = await startTraced({
    filters: [await filter("grpc")],
    clusters: [
      { name: "echo", address: { port: server.port }, http2: true },
      { name: "outbound|80||echo.test", address: { port: server.port }, http2: true },
      { name: "refused", address: { port: 1 }, http2: true },
      // By its bytes the name is a protobuf message: a field of four bytes.
      { name: "users", address: { port: server.port }, http2: true },
    ],
  });
});

after(async () => {
  await proxy?.stop();
  server?.stop();
});

/** Has the plugin do something over gRPC and say what it heard. */
async function ask(what: string, headers: Record<string, string> = {}): Promise<string> {
  const method = ["unary", "cancel-call"].includes(what) ? "Unary" : "Talk";
  const orders = { "x-do": what, "x-cluster": "echo", "x-method": method, ...headers };
  const { text } = await proxy.request({ headers: orders });
  proxy.assertUnharmed();
  return text;
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 3000; !condition(); await sleep(10)) assert.ok(Date.now() < deadline);
}

test("gets the answer to a unary call", async () => {
  const told = await ask("unary", { "x-message": "hello" });
  assert.match(told, /^message=echo hello#8 /);
  assert.deepEqual(server.last.messages, [{ text: "hello", number: 7 }]);
  assert.equal(server.last.metadata["x-sent"], "metadata");
  assert.equal(server.last.authority, "echo");
});

test("gets the status and the message of a call that fails", async () => {
  assert.equal(await ask("unary", { "x-message": "fail" }), "status=5 message=no such thing: 50% ü");
});

test("says that a method is unimplemented", async () => {
  assert.match(await ask("unary", { "x-message": "x", "x-method": "Other" }), /^status=12 message=/);
});

test("says that a service is unavailable", async () => {
  assert.match(await ask("unary", { "x-message": "x", "x-cluster": "refused" }), /^status=14 message=/);
});

test("gives up when the time is over", async () => {
  const told = await ask("unary", { "x-message": "wait", "x-timeout": "80" });
  assert.match(told, /^status=(4|14) message=/);
  await until(() => server.last.cancelled);
});

test("breaks a call off", async () => {
  assert.equal(await ask("cancel-call", { "x-message": "wait" }), "cancelled");
  await until(() => server.last.cancelled);
});

test("says at once that a cluster is unknown", async () => {
  const calls = server.calls.length;
  for (const what of ["unary", "close-send"]) {
    assert.equal(await ask(what, { "x-cluster": "no-such-cluster", "x-message": "x" }), "not made: 3");
  }
  assert.equal(server.calls.length, calls);
});

test("reaches a cluster by a serialized GrpcService, with an authority of its own", async () => {
  const target = { "x-cluster": "outbound|80||echo.test", "x-authority": "echo.test" };
  assert.match(await ask("unary", { "x-message": "hello", ...target }), /^message=echo hello#8 /);
  assert.equal(server.last.authority, "echo.test");
  assert.match(await ask("end-flag", target), /status=0/);
  assert.equal(server.last.authority, "echo.test");
});

test("reaches a cluster whose name Envoy could take for a message, and not one without a name", async () => {
  assert.match(await ask("unary", { "x-cluster": "users", "x-message": "hello" }), /^message=echo hello#8 /);
  assert.equal(server.last.authority, "users");
  assert.match(await ask("end-flag", { "x-cluster": "users" }), /status=0/);
  assert.equal(await ask("unary", { "x-cluster": "" }), "not made: 3");
  // There is no such cluster either, of which Envoy says only that it could not send.
  assert.equal(await ask("unary", { "x-cluster": "email" }), "not made: 4");
});

test("talks both ways, and ends its side", async () => {
  const told = await ask("close-send");
  assert.equal(
    told,
    "initial=first/a+b said=echo m#11|echo m#12|echo m#13|bye#3 trailing=last status=0 message=OK open=false",
  );
  const sent = [1, 2, 3].map((number) => ({ text: "m", number }));
  assert.deepEqual(server.last.messages, sent);
  assert.equal(server.last.ended, true);
});

test("ends its side with the last message", async () => {
  const told = await ask("end-flag");
  assert.match(told, / said=echo first#11\|echo last#12\|bye#2 .* status=0 /);
  assert.equal(server.last.ended, true);
});

test("hears that the service ends a stream with a status", async () => {
  const told = await ask("server-close");
  assert.match(
    told,
    /^initial=first\/a\+b said=echo server-close#11 trailing=with the status status=8 message=that will do /,
  );
  assert.match(told, /open=false$/);
});

test("breaks a stream off, and hears nothing more of it", async () => {
  assert.equal(await ask("cancel-stream"), "cancelled open=false sent=false");
  await until(() => server.last.cancelled);
});

test("hears that a service is unavailable when a stream is opened", async () => {
  assert.match(
    await ask("end-flag", { "x-cluster": "refused" }),
    /said= .* status=14 message=.* open=false$/,
  );
});
