import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "../../cli/load.js";
import { request } from "../../cli/request.js";
import { plugin, probe, RawServer, until, urlOf, withProxy } from "./harness.js";

const megabyte = 1024 * 1024;
const chain = async () => [
  await probe("a"),
  await plugin("custom-headers", { configuration: { header_name: "x-a", header_value: "1" } }),
  await plugin("hello"),
];

test("a megabyte goes through in pieces, both ways", async () => {
  const body = Buffer.from(Array.from({ length: megabyte }, (_, index) => index % 251));
  await withProxy(
    { plugins: await chain(), answer: ({ body }) => ({ body: [body.subarray(0, 9), body.subarray(9)] }) },
    async ({ proxy, upstream }) => {
      const response = await request(proxy.port, { body: [body.subarray(0, 100), body.subarray(100)] });
      assert.equal(response.status, 200);
      assert.ok(upstream.last.body.equals(body));
      assert.ok(response.body.equals(body));
      assert.equal(response.headers.get("hello"), "world");
      assert.equal(response.headers.get("x-a"), "1");
      const most = proxy.logs.map(({ message }) => /at once: (\d+)/.exec(message)?.[1]).find(Boolean);
      assert.ok(Number(most) < 256 * 1024, `the plugin saw ${most} bytes at once`);
    },
  );
});

test("an upstream that does not read has the client wait", async () => {
  const slow = await RawServer.start((socket) => socket.pause());
  try {
    await withProxy({ plugins: await chain(), upstream: urlOf(slow) }, async ({ proxy }) => {
      const outgoing = http.request({ port: proxy.port, method: "POST", agent: false });
      outgoing.on("error", () => {});
      const written = await writeUntilFull(outgoing, 64 * megabyte);
      assert.ok(written < 48 * megabyte, `the proxy took ${written} bytes that nobody reads`);
      outgoing.destroy();
    });
  } finally {
    await slow.stop();
  }
});

test("a client that does not read has the upstream wait", async () => {
  let written = 0;
  const upstream = await RawServer.start((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n");
    const piece = Buffer.alloc(megabyte);
    const more = () => {
      while (written < 64 * megabyte) {
        written += piece.length;
        if (!socket.write(piece)) return void socket.once("drain", more);
      }
    };
    more();
  });
  try {
    await withProxy({ plugins: await chain(), upstream: urlOf(upstream) }, async ({ proxy }) => {
      const client = connect(proxy.port, "127.0.0.1", () =>
        client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
      );
      client.pause();
      let before = -1;
      while (written !== before) {
        before = written;
        await sleep(200);
      }
      assert.ok(written < 48 * megabyte, `the proxy took ${written} bytes that nobody reads`);
      client.destroy();
    });
  } finally {
    await upstream.stop();
  }
});

test("a plugin that buffers gets all of a body, and 413 is said where it is too large", async () => {
  await withProxy(
    { plugins: [await probe("a")], answer: ({ body }) => ({ body }), bufferLimitBytes: 1000 },
    async ({ proxy, upstream }) => {
      const small = await request(proxy.port, { path: "/upper", body: ["ab", "cd"] });
      assert.equal(small.text, "ABCD");
      const large = await request(proxy.port, {
        path: "/upper",
        body: "x".repeat(2000),
      });
      assert.equal(large.status, 413);
      assert.equal(upstream.requests.filter(({ body }) => body.length > 4).length, 0);
    },
  );
});

test("trailers go both ways where they are let, and are dropped elsewhere", async () => {
  for (const http1Trailers of [true, false]) {
    await withProxy(
      {
        plugins: [await probe("a"), await probe("b")],
        http1Trailers,
        answer: () => ({ body: ["x"], trailers: { "x-back": "2" } }),
      },
      async ({ proxy, upstream }) => {
        const { trailers } = await request(proxy.port, { body: ["y"], trailers: { "x-there": "1" } });
        const names = (fields: Iterable<[string, string]>) =>
          [...fields].map((field) => field.join("=")).sort();
        const there = http1Trailers ? ["x-there=1", "x-trailer-seen-by=a, b"] : [];
        const back = http1Trailers ? ["x-back=2", "x-trailer-seen-by=b, a"] : [];
        assert.deepEqual(names(upstream.last.trailers), there);
        assert.deepEqual(names(trailers), back);
      },
    );
  }
});

test("connections are kept on both sides", async () => {
  const ports = new Set<number | undefined>();
  const server = http.createServer((incoming, outgoing) => {
    ports.add(incoming.socket.remotePort);
    outgoing.end("ok");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const upstream = urlOf(server.address() as { port: number });
    await withProxy({ plugins: await chain(), upstream }, async ({ proxy }) => {
      const { statuses } = await load({ port: proxy.port, requests: 20, connections: 1 });
      assert.deepEqual([...statuses], [[200, 20]]);
      assert.equal(ports.size, 1);
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("five hundred requests at once are all answered", async () => {
  await withProxy(
    { plugins: await chain(), workers: 2, answer: ({ path }) => ({ body: path, delay: 50 }) },
    async ({ proxy }) => {
      const responses = await Promise.all(
        Array.from({ length: 500 }, (_, index) => request(proxy.port, { path: `/${index}` })),
      );
      for (const [index, response] of responses.entries()) assert.equal(response.text, `/${index}`);
      await until("all streams are deleted", () => count(proxy.logs, /^a: delete/) === 500);
      assert.deepEqual(new Set(proxy.logs.map(({ worker }) => worker)), new Set([0, 1]));
    },
  );
});

test("a client that goes has its stream closed everywhere", async () => {
  let upstreamClosed = false;
  const upstream = await RawServer.start((socket) => socket.on("close", () => (upstreamClosed = true)));
  try {
    await withProxy({ plugins: await chain(), upstream: urlOf(upstream) }, async ({ proxy }) => {
      const client = connect(proxy.port, "127.0.0.1", () =>
        client.write("GET /gone HTTP/1.1\r\nhost: a\r\n\r\n"),
      );
      await until("the plugin sees it", () => count(proxy.logs, /request headers/) === 1);
      await sleep(50);
      client.destroy();
      await until("the stream is deleted", () => count(proxy.logs, /^a: delete \/gone/) === 1);
      assert.deepEqual(
        proxy.logs.slice(-3).map(({ message }) => message),
        ["a: log /gone", "a: done /gone", "a: delete /gone"],
      );
      await until("the upstream is let go of", () => upstreamClosed);
    });
  } finally {
    await upstream.stop();
  }
});

function count(logs: readonly { message: string }[], pattern: RegExp): number {
  return logs.filter(({ message }) => pattern.test(message)).length;
}

/** Writes until nothing has been taken for a while, at most so many bytes; how many were taken. */
async function writeUntilFull(outgoing: http.ClientRequest, most: number): Promise<number> {
  const piece = Buffer.alloc(megabyte);
  for (let written = 0; written < most; written += piece.length) {
    if (outgoing.write(piece)) continue;
    const drained = await Promise.race([
      once(outgoing, "drain").then(() => true),
      sleep(500).then(() => false),
    ]);
    if (!drained) return written;
  }
  return most;
}
