import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Reply } from "../../cli/upstream.js";
import { Proxy } from "./harness.js";
import { settled } from "./settled.js";

let proxy: Proxy;
/** What the upstream answers the next request with. */
let reply: Reply = {};

/** The body that comes out at the other end: at the upstream for `request`, at the client for `response`. */
async function changed(side: "request" | "response", what: string, body: string[] | string): Promise<string> {
  reply = side === "response" ? { body, delay: Array.isArray(body) ? 5 : 0 } : { body: "ok" };
  const path = `/${side}/${what}`;
  const response = await proxy.request(side === "request" ? { path, body } : { path });
  assert.equal(response.status, 200);
  await settled();
  proxy.assertUnharmed();
  const headers = side === "request" ? proxy.upstream.last.headers : response.headers;
  assert.equal(headers.has("content-length"), false);
  assert.equal(headers.get("transfer-encoding"), "chunked");
  return side === "request" ? proxy.upstream.last.body.toString() : response.text;
}

/** The next request works, on the same worker. */
async function assertServes(): Promise<void> {
  reply = { body: "fine" };
  const response = await proxy.request({ path: "/request/set", body: "abc" });
  assert.equal(response.status, 200);
  assert.equal(response.text, "fine");
  assert.match(proxy.upstream.last.body.toString(), /^\[abc\]/);
  await settled();
  proxy.assertUnharmed();
}

/** What the client gets that sends this: a whole answer, or null where the stream broke off. */
async function outcome(path: string, body?: string): Promise<{ status: number; length: number } | null> {
  try {
    const response = await proxy.request(body === undefined ? { path } : { path, body });
    return { status: response.status, length: response.body.length };
  } catch (error) {
    assert.match(String(error), /aborted|ECONNRESET|socket hang up/);
    return null;
  }
}

suite("a body", () => {
  before(async () => {
    proxy = await Proxy.start({
      filters: [{ fixture: "bodies", allowOnHeadersStopIteration: true }],
      answer: () => reply,
    });
  });
  after(() => proxy?.stop());

  for (const side of ["request", "response"] as const) {
    test(`${side} bodies are replaced once they are complete`, async () => {
      assert.match(await changed(side, "set", ["abc", "déf", "ghi"]), /^\[abcdéfghi\]\d$/);
      assert.match(await changed(side, "set", "abc"), /^\[abc\]\d$/);
      assert.equal(await changed(side, "set-empty", ["abc", "def"]), "");
    });

    test(`${side} bodies grow at either end while they pass`, async () => {
      assert.equal(await changed(side, "append", ["abc", "def"]), "abcdef-end");
      assert.equal(await changed(side, "prepend", ["abc", "def"]), "start-abcdef");
    });

    test(`${side} bodies lose what is drained, at most all of it`, async () => {
      assert.equal(await changed(side, "drain", ["abcd", "ef"]), "def");
      assert.equal(await changed(side, "drain-all", ["abcd", "ef"]), "");
    });

    test(`${side} bodies are changed as bytes`, async () => {
      assert.equal(await changed(side, "bytes", ["abc", "def"]), "ffedcbaf");
    });

    test(`parts of ${side} bodies are read within their ends`, async () => {
      assert.equal(
        await changed(side, "range", ["abcd", "efghij"]),
        ["abc", "defg", "ij", "ij", "", "", "", "", "2", "0", "10"].join("|"),
      );
    });

    test(`${side} bodies are replaced while the headers wait, where the host lets them`, async () => {
      for (const what of ["held-set", "held-set-resume", "held-set-resume-pause"]) {
        assert.equal(await changed(side, what, ["abc", "def"]), "held abcdef");
        assert.equal(await changed(side, what, "abc"), "held abc");
      }
    });

    test(`${side} bodies of 900 KB are held and replaced whole`, async () => {
      const piece = "0123456789abcdef".repeat(1024);
      const body = Array.from({ length: 56 }, () => piece);
      const result = await changed(side, "set", body);
      assert.equal(result.slice(1, result.lastIndexOf("]")), body.join(""));
    });
  }

  test("a body cannot be set in a headers callback: that is logged, and the body stays", async () => {
    const from = proxy.envoy.log.mark;
    reply = { body: "ok" };
    await proxy.request({ path: "/request/early", body: "abc" });
    assert.equal(proxy.upstream.last.body.toString(), "abc");
    await settled();
    const lines = proxy.wasmLog(from).filter(({ level }) => level !== "info");
    assert.deepEqual(lines, [{ level: "critical", text: "proxy_set_buffer_bytes answered 2" }]);
  });
});

for (const [limit, bufferLimit] of [
  ["32 KiB", 32 * 1024],
  ["the default of 1 MiB", undefined],
] as const) {
  const size = 2 * (bufferLimit ?? 1024 * 1024);

  suite(`a body made larger than ${limit}`, () => {
    before(async () => {
      proxy = await Proxy.start({
        filters: [{ fixture: "bodies", allowOnHeadersStopIteration: true }],
        answer: () => reply,
        listener: bufferLimit === undefined ? {} : { bufferLimit },
      });
    });
    after(() => proxy?.stop());

    test("fails a request alone, with 413, and what the plugin goes on to do has no effect", async () => {
      for (let round = 0; round < 3; round++) {
        reply = { body: "ok" };
        const seen = proxy.upstream.requests.length;
        const result = await outcome(`/request/held-large/${size}`, "abc");
        assert.equal(result?.status, 413);
        assert.equal(proxy.upstream.requests.length, seen);
        await assertServes();
      }
    });

    test("fails a request that has begun to go on, and the next one works", async () => {
      for (const what of ["large", "append-large"]) {
        const result = await outcome(`/request/${what}/${size}`, "abc");
        assert.ok(result === null || result.status === 413, JSON.stringify(result));
        await assertServes();
      }
    });

    test("fails a response alone, with 500 where its headers waited", async () => {
      for (let round = 0; round < 3; round++) {
        const from = proxy.envoy.log.mark;
        reply = { body: "abc", headers: { "x-poisoned": "1" } };
        const result = await outcome(`/response/held-large/${size}`);
        assert.equal(result?.status, 500);
        await settled();
        const lines = proxy.wasmLog(from).map(({ text }) => text);
        assert.deepEqual(
          lines.filter((line) => line !== "1"),
          ["deleted", `kept over the call: held-large/${size} nothing`],
        );
        await assertServes();
      }
    });

    test("cuts a response off whose headers have gone on, and the next one works", async () => {
      for (const what of ["large", "append-large"]) {
        reply = { body: "abc" };
        const result = await outcome(`/response/${what}/${size}`);
        assert.ok(result === null || result.length < size, JSON.stringify(result));
        await assertServes();
      }
    });
  });
}
