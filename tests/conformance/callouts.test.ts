import assert from "node:assert/strict";
import { after, before } from "node:test";
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../cli/envoy/bootstrap.js";
import type { FieldsToSend } from "../../cli/headers.js";
import { type Reply, type SeenRequest, Upstream } from "../../cli/upstream.js";
import type { Proxy } from "../envoy/harness.js";
import { exercises, filter, startTraced } from "./harness.js";

const test = exercises("callouts.test.ts");

let service: Upstream;
let plain: Upstream;
let proxy: Proxy;

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answer({ path, body, method }: SeenRequest): Reply {
  const headers = { "x-service": method };
  if (path === "/own-503") return { status: 503, headers, body: "no healthy upstream" };
  if (path === "/own-504") return { status: 504, headers, body: "upstream request timeout" };
  if (path === "/reset") return { reset: "at once" };
  if (path === "/reset-in-body") return { headers, body: ["first", "second"], reset: "in the body" };
  if (path === "/slow") return { headers, body: "late", delay: 400 };
  if (path === "/trailers") return { headers, body: "ok", trailers: { "x-trailer": "sent" } };
  if (path === "/big") return { headers, body };
  if (path.startsWith("/many/")) return { body: path, delay: Number(path.split("/")[3]) };
  return { headers, body: path };
}

before(async () => {
  service = await Upstream.start(answer, { http2: true });
  plain = await Upstream.start(answer);
  const empty = { load_assignment: { cluster_name: "empty", endpoints: [] } };
  const clusters: Cluster[] = [
    { name: "service", address: { port: service.port }, http2: true },
    { name: "http1", address: { port: plain.port }, http1Trailers: true },
    { name: "refused", address: { port: await closedPort() } },
    { name: "empty", address: { port: 1 }, more: empty },
  ];
  proxy = await startTraced({ filters: [await filter("callouts")], clusters, upstreamHttp2: true });
});

after(async () => {
  await proxy?.stop();
  await service?.stop();
  await plain?.stop();
});

/** Has the plugin make a call and tell how it ended. */
async function call(cluster: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  const orders: FieldsToSend = {
    "x-do": "call",
    "x-cluster": cluster,
    "x-path": path,
    "x-method": "GET",
    ...headers,
  };
  const response = await proxy.request({ path: `/caller${path}`, headers: orders });
  return response.text.replace(/ fields=.*/, "");
}

const outcome = { answered: 0, unreachable: 1, timedOut: 2, reset: 3 };
const failed = (kind: number) => `outcome=${kind} status=0 ok=false`;

test("tells the answers of a service from the failures to reach it", async () => {
  for (const cluster of ["service", "http1"]) {
    assert.equal(await call(cluster, "/ok"), "outcome=0 status=200 ok=true header=GET trailer=-");
    // What a service answers itself is its answer, though it has the very words of Envoy's failures.
    assert.equal(await call(cluster, "/own-503"), "outcome=0 status=503 ok=false header=GET trailer=-");
    assert.equal(await call(cluster, "/own-504"), "outcome=0 status=504 ok=false header=GET trailer=-");
    assert.ok((await call(cluster, "/reset")).startsWith(failed(outcome.reset)));
    assert.ok((await call(cluster, "/reset-in-body")).startsWith(failed(outcome.reset)));
    assert.ok((await call(cluster, "/slow", { "x-timeout": "50" })).startsWith(failed(outcome.timedOut)));
  }
  assert.ok((await call("refused", "/")).startsWith(failed(outcome.unreachable)));
  assert.equal(service.requests.find(({ path }) => path === "/ok")?.headers.get("x-caller"), "/caller/ok");
  proxy.assertUnharmed();
});

test("says at once why a call cannot be made", async () => {
  const seen = service.requests.length;
  assert.equal(await call("no-such-cluster", "/"), "not made: 3");
  for (const missing of [":method", ":path", ":authority"])
    assert.equal(await call("service", "/", { "x-missing": missing }), "not made: 2");
  assert.equal(service.requests.length, seen);
  proxy.assertUnharmed();
});

test("sends bodies, and gets bodies and trailers", async () => {
  for (const [cluster, server] of [
    ["service", service],
    ["http1", plain],
  ] as const) {
    const told = await call(cluster, "/trailers", {
      "x-trailers": "yes",
      "x-body": "a body",
      "x-method": "POST",
    });
    assert.equal(told, "outcome=0 status=200 ok=true header=POST trailer=sent");
    assert.equal(server.last.body.toString(), "a body");
    // Envoy takes the trailers of a call, and sends none.
    assert.equal(server.last.trailers.has("x-call-trailer"), false);
  }
  proxy.assertUnharmed();
});

test("sends and gets a body of a megabyte", async () => {
  const size = 1_000_000;
  const response = await proxy.request({
    headers: {
      "x-do": "call",
      "x-cluster": "service",
      "x-path": "/big",
      "x-method": "PUT",
      "x-size": String(size),
    },
  });
  const body = Buffer.from(Uint8Array.from({ length: size }, (_, index) => index & 255));
  assert.ok(service.last.body.equals(body));
  const sum = body.reduce((so_far, byte) => (Math.imul(so_far, 31) + byte) >>> 0, 0);
  assert.match(response.text, new RegExp(`^outcome=0 .* size=${size} sum=${sum}$`));
  proxy.assertUnharmed();
});

test("tells the context itself where no handler is given", async () => {
  assert.equal(
    await call("service", "/own", { "x-do": "own" }),
    "own outcome=0 status=200 ok=true header=GET trailer=-",
  );
});

test("gives each of several calls of a stream its own answer, in whatever order they come", async () => {
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => proxy.request({ headers: { "x-do": "many", "x-count": "8" } })),
  );
  for (const { text } of answers) {
    const [, mistaken, order] = /^mistaken=(\d+) order=(.*)$/.exec(text) ?? [];
    assert.equal(mistaken, "0");
    assert.deepEqual(order!.split(" ").sort(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
    assert.equal(order!.split(" ").at(-1), "0");
  }
  proxy.assertUnharmed();
});

test("calls from the answer to a call", async () => {
  await proxy.request({ headers: { "x-do": "chain" } });
  assert.equal(proxy.upstream.last.headers.get("x-chain"), ">/chain/start>/chain/2>/chain/1");
});

test("calls from a tick, for the root, and tells a stream what came", async () => {
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => proxy.request({ path: "/told", headers: { "x-do": "from-tick" } })),
  );
  for (const { text } of answers) assert.equal(text, "ok");
  const told = proxy.upstream.requests.filter(({ path }) => path === "/told");
  assert.deepEqual(
    told.map(({ headers }) => headers.get("x-from-tick")),
    Array(5).fill("/from-tick"),
  );
  proxy.assertUnharmed();
});

test("calls from the body of a request, and from its response", async () => {
  const asked = await proxy.request({ headers: { "x-do": "in-body" }, body: ["a ", "body"] });
  assert.equal(asked.text, "ok");
  assert.equal(proxy.upstream.last.body.toString(), "a body");
  assert.equal(service.last.path, "/in-body");
  const response = await proxy.request({ headers: { "x-do": "in-response" } });
  assert.equal(response.headers.get("x-asked"), "/in-response");
  proxy.assertUnharmed();
});

test("drops the answer to a stream whose client has gone", async () => {
  const from = proxy.envoy.log.mark;
  const seen = service.requests.length;
  const orders = "x-do: call\r\nx-cluster: service\r\nx-path: /slow\r\nx-method: GET\r\n";
  await new Promise<void>((resolve, reject) => {
    const socket = connect(proxy.port, "127.0.0.1", () =>
      socket.write(`GET /gone HTTP/1.1\r\nhost: a\r\n${orders}\r\n`),
    );
    socket.on("error", reject);
    void (async () => {
      while (service.requests.length === seen) await sleep(10);
      socket.on("close", () => resolve());
      socket.destroy();
    })();
  });
  assert.equal(service.last.path, "/slow");
  // The host tells the module of the answer, which nobody hears.
  await proxy.envoy.log.waitFor(/\[host->vm\] proxy_on_http_call_response/, 5000, from);
  await call("service", "/after");
  const lines = proxy.wasmLog(from).map(({ text }) => text);
  assert.deepEqual(lines, ["answered /caller/after"]);
  proxy.assertUnharmed();
});

test("says at once that a cluster has no hosts", async () => {
  const told = await call("empty", "/");
  assert.equal(told, "not made: 4");
  proxy.assertUnharmed();
});
