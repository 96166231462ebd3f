import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestOptions, Response } from "../../cli/request.js";
import type { Proxy } from "../envoy/harness.js";
import { exercises, filter, startTraced } from "./harness.js";

const test = exercises("reentrancy.test.ts");

let proxy: Proxy;

before(async () => {
  const empty = { load_assignment: { cluster_name: "empty", endpoints: [] } };
  proxy = await startTraced({
    filters: [await filter("reentrancy")],
    upstreamHttp2: true,
    answer: ({ path }) => ({
      body: "from the upstream",
      ...(path !== "/plain" && { trailers: { "x-t": "1" } }),
    }),
    listener: { bufferLimit: 65_536 },
    clusters: [
      { name: "empty", address: { port: 1 }, more: empty },
      {
        name: "empty-http2",
        address: { port: 1 },
        http2: true,
        more: { load_assignment: { cluster_name: "empty-http2", endpoints: [] } },
      },
      { name: "refused", address: { port: 1 }, http2: true },
    ],
  });
});

after(() => proxy?.stop());

let tags = 0;

/** What the client got and what the plugin said of a stream, to its end. */
async function play(
  options: RequestOptions,
  send: (options: RequestOptions) => Promise<Response> = (given) => proxy.request(given),
): Promise<{ outcome: string; response: Response | null; said: string[] }> {
  const tag = `stream ${++tags}`;
  const from = proxy.envoy.log.mark;
  const headers = { ...(options.headers as Record<string, string>), "x-tag": tag };
  const response = await send({ ...options, headers }).catch((error: Error) => error);
  await proxy.envoy.log.waitFor(new RegExp(`: deleted ${tag}$`), 5000, from);
  // What the callback says that still runs comes within the same moment.
  await sleep(5);
  proxy.assertUnharmed();
  const said = proxy.wasmLog(from).map(({ text }) => text.replace(` ${tag}`, ""));
  if (response instanceof Error) return { outcome: "broken off", response: null, said };
  return { outcome: `${response.status} ${response.text.slice(0, 40)}`, response, said };
}

/** The proxy serves the next request as if nothing had been. */
async function isWell(): Promise<void> {
  assert.equal((await play({ path: "/plain" })).outcome, "200 from the upstream");
}

const overHttp2 = (options: RequestOptions) => proxy.requestHttp2(options);
const full: RequestOptions = { method: "POST", body: "a body", trailers: { "x-t": "1" } };

for (const callback of [
  "request headers",
  "request body",
  "request trailers",
  "tick",
  "queue",
  "response headers",
]) {
  test(`answers from ${callback}`, async () => {
    for (let round = 0; round < 3; round++) {
      const { outcome, response, said } = await play(
        { ...full, headers: { "x-reply-in": callback } },
        overHttp2,
      );
      assert.equal(outcome, `403 from ${callback}`);
      assert.equal(response!.headers.get("x-from"), callback);
      assert.deepEqual(said, [`reply in ${callback} sent=true`, "deleted"]);
    }
    await isWell();
  });
}

for (const callback of ["response body", "response trailers"]) {
  test(`breaks a stream off that is answered from ${callback}, when headers have gone on`, async () => {
    const { outcome, said } = await play({ ...full, headers: { "x-reply-in": callback } }, overHttp2);
    assert.equal(outcome, "broken off");
    assert.deepEqual(said, [`reply in ${callback} sent=true`, "deleted"]);
    await isWell();
  });
}

for (const callback of ["log", "done", "delete"]) {
  test(`sends no answer from ${callback}, of which Envoy would crash`, async () => {
    const { outcome, said } = await play({ ...full, headers: { "x-reply-in": callback } }, overHttp2);
    assert.equal(outcome, "200 from the upstream");
    assert.deepEqual(said, [`reply in ${callback} sent=false`, "deleted"]);
    await isWell();
  });
}

test("resets a stream whose body it then replaces", async () => {
  const seen = proxy.upstream.requests.length;
  const { outcome } = await play({ method: "POST", headers: { "x-do": "reset-in-body" }, body: "a body" });
  assert.equal(outcome, "broken off");
  assert.equal(
    proxy.upstream.requests.slice(seen).some(({ body }) => body.length > 0),
    false,
  );
  await isWell();
});

/** What becomes of a stream whose response outgrew the host's buffer: it ended within the call that made it grow. */
for (const [then, answer] of [
  ["nothing", []],
  ["append", []],
  ["reply", ["reply after growing sent=false"]],
  ["reset", []],
] as const) {
  test(`ends a stream whose response outgrows the buffer, and goes on to ${then}`, async () => {
    const { outcome, said } = await play({
      path: "/plain",
      headers: { "x-do": "grow-response", "x-then": then },
    });
    assert.equal(outcome, "broken off");
    // The callback goes on when its stream is gone.
    await proxy.envoy.log.waitFor(new RegExp(`: grown stream ${tags}$`), 5000);
    assert.deepEqual(said.slice(0, 2), ["logged", "deleted"]);
    assert.deepEqual(said.slice(3), answer);
    await isWell();
  });
}

for (const [then, outcome, size] of [
  ["nothing", "200 from the upstream", 200_000],
  ["append", "200 from the upstream", 200_004],
  ["reply", "418 after growing", 0],
  ["reset", "broken off", 0],
] as const) {
  test(`goes on to ${then} after a request's body outgrew the buffer`, async () => {
    const seen = proxy.upstream.requests.length;
    const played = await play({
      path: "/grown",
      headers: { "x-do": "grow-request", "x-then": then },
      body: "a body",
    });
    assert.equal(played.outcome, outcome);
    const grown = proxy.upstream.requests.slice(seen).find(({ path }) => path === "/grown");
    assert.equal(grown?.body.length ?? 0, size);
    await isWell();
  });
}

test("is told that a call cannot be made, or how it ended, and never both", async () => {
  const ask = async (kind: string, cluster: string) => {
    const { outcome } = await play({ headers: { "x-do": "at-once", "x-kind": kind, "x-cluster": cluster } });
    return outcome;
  };
  for (const kind of ["http", "unary", "stream"]) {
    for (const cluster of ["empty", "empty-http2"])
      assert.equal(await ask(kind, cluster), "200 not made: 4 times=0", `${kind} ${cluster}`);
  }
  assert.equal(await ask("http", "refused"), "200 outcome 1 times=1");
  assert.equal(await ask("unary", "refused"), "200 status 14 times=1");
  assert.equal(await ask("stream", "refused"), "200 close 14 times=1");
  await isWell();
});

test("hears of a queue while a request waits that put something into it", async () => {
  for (let round = 0; round < 3; round++) {
    const { outcome } = await play({ path: "/plain", headers: { "x-do": "queue" } });
    assert.equal(outcome, "200 from the upstream");
    assert.equal(proxy.upstream.last.headers.get("x-queue"), "heard");
  }
  const request = { path: "/plain", headers: { "x-do": "queue" } };
  for (const { text } of await Promise.all(Array.from({ length: 10 }, () => proxy.request(request))))
    assert.equal(text, "from the upstream");
  proxy.assertUnharmed();
});
