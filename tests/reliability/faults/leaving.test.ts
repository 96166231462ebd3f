import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Proxy, withProxy } from "../../envoy/harness.js";
import { chain, Services } from "../chain.js";
import type { Told } from "../service.js";
import { assertQuiet, memoryOf, underWay, until } from "../quiet.js";

/** Longer than it takes to leave. A call that is out is not called back: it is over when the service has answered. */
const long = 2500;
const post = (path: string, more: string) =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\nx-verdict: allow\r\ncontent-type: application/json\r\n${more}`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\nx-verdict: allow\r\nx-language: en\r\n\r\n`;

/** Where clients leave: what they have sent by then, and whether a stream has begun. */
const stages: Record<string, { sent: string; begins: boolean }> = {
  "in the midst of the headers": { sent: "GET /open/1 HTTP/1.1\r\nhost: a\r\nx-verd", begins: false },
  "before the body": { sent: post("/echo/1", "content-length: 100\r\n\r\n"), begins: true },
  "in the midst of the body": { sent: post("/echo/1", 'content-length: 100\r\n\r\n{"a": '), begins: true },
  "in the midst of a chunk": {
    sent: post("/echo/1", 'transfer-encoding: chunked\r\n\r\n20\r\n{"a": '),
    begins: true,
  },
  "while ext-auth asks": { sent: get("/auth/1"), begins: true },
  "while ext-auth asks for several": { sent: get("/batched/1"), begins: true },
  "while rbac-enforcer asks": { sent: get("/policy/1"), begins: true },
  "while the upstream thinks": { sent: get("/open/slow"), begins: true },
  "while others fetch the same": { sent: get("/cached/slow"), begins: true },
  "in the midst of the response": { sent: get("/open/long"), begins: true },
  "in the midst of a response that is held": { sent: get("/echo/long"), begins: true },
};

test("clients that leave at every stage leave nothing behind", async (t) => {
  const services = await Services.start();
  const slow = { auth: services.auth.say, policy: services.policy.say };
  let delay = long;
  services.auth.say = (asked) => withDelay(slow.auth(asked), delay);
  services.policy.say = (asked) => withDelay(slow.policy(asked), delay);
  const options = {
    filters: await chain(),
    clusters: services.clusters,
    concurrency: 2,
    answer: ({ path }: { path: string }) =>
      path.endsWith("/slow")
        ? { delay: 3000 }
        : path.endsWith("/long")
          ? { body: ["SECRET", "b", "c"], delay: 2000 }
          : {},
  };
  try {
    await withProxy(options, async (proxy) => {
      const rounds = 12;
      await assertServes(proxy, () => (delay = 0));
      const before = await memoryOf(proxy);
      delay = long;
      const sockets = Object.values(stages).flatMap(({ sent }) =>
        Array.from({ length: rounds }, () => {
          const socket = connect(proxy.port, "127.0.0.1");
          socket.on("error", () => {}).write(sent);
          return socket;
        }),
      );
      const begun = Object.values(stages).filter(({ begins }) => begins).length * rounds;
      let most = 0;
      await until(
        `${begun} streams begin`,
        async () => (most = Math.max(most, await streams(proxy))) >= begun,
      );
      await until("a response has begun", () => sockets.some(({ bytesRead }) => bytesRead > 0));
      for (const [index, socket] of sockets.entries()) {
        if (index % 2) socket.destroy();
        else socket.resetAndDestroy();
      }
      await assertQuiet(proxy);
      t.diagnostic(
        `${sockets.length} clients left at ${Object.keys(stages).length} stages over HTTP/1.1: ${most} streams, then none`,
      );
      const paths = [
        "/echo/1",
        "/auth/1",
        "/batched/1",
        "/policy/1",
        "/open/slow",
        "/cached/slow",
        "/open/long",
      ];
      const leaving = paths.flatMap((path) =>
        Array.from({ length: rounds }, (_, index) => {
          const body = path === "/echo/1" ? { body: ["{", "}"], pieceDelay: long } : {};
          const options = { path, headers: { "x-verdict": "allow" }, leaveAfter: index * 40, ...body };
          return proxy.requestHttp2(options).catch(() => null);
        }),
      );
      await Promise.all(leaving);
      await assertQuiet(proxy);
      t.diagnostic(
        `${leaving.length} left at ${paths.length} stages over HTTP/2: streams, calls and contexts are 0`,
      );
      await assertServes(proxy, () => (delay = 0));
      const after = await memoryOf(proxy);
      t.diagnostic(`memory ${JSON.stringify({ before, after })}`);
      assert.ok(after.resident < before.resident + (24 << 20), JSON.stringify({ before, after }));
    });
  } finally {
    await services.stop();
  }
});

const withDelay = (told: Told | "reset", delay: number): Told | "reset" =>
  told === "reset" ? told : { ...told, delay };

async function streams(proxy: Proxy): Promise<number> {
  const open = await underWay(proxy);
  return Object.entries(open).find(([name]) => name.includes("witness_contexts"))?.[1] ?? 0;
}

async function assertServes(proxy: Proxy, before: () => void): Promise<void> {
  before();
  for (const path of ["/open/1", "/both/1", "/batched/1", "/cached/2"])
    assert.equal((await proxy.request({ path, headers: { "x-verdict": "allow" } })).status, 200, path);
  await assertQuiet(proxy);
}

test("clients that stop reading hold up nobody else, and leave nothing behind", async (t) => {
  const piece = "x".repeat(1 << 20);
  const services = await Services.start();
  const answer = () => ({ body: Array<string>(24).fill(piece) });
  const options = { filters: await chain(), clusters: services.clusters, concurrency: 1, answer };
  try {
    await withProxy(options, async (proxy) => {
      const before = await memoryOf(proxy);
      const stuck = Array.from({ length: 20 }, () => connect(proxy.port, "127.0.0.1"));
      for (const socket of stuck) {
        await once(socket, "connect");
        socket.pause();
        socket.on("error", () => {}).write(get("/open/1"));
      }
      await until("all have begun", async () => (await streams(proxy)) === stuck.length);
      await sleep(300);
      const during = await memoryOf(proxy);
      proxy.upstream.answer = () => ({ body: "quick" });
      assert.equal((await proxy.request("/open/2")).text, "quick");
      for (const socket of stuck) socket.destroy();
      await assertQuiet(proxy);
      t.diagnostic(`20 answers of 24 MiB that nobody read: ${JSON.stringify({ before, during })}`);
      // Each waits with what its buffers take, not with its 24 MiB.
      assert.ok(during.allocated - before.allocated < 20 * (8 << 20), JSON.stringify({ before, during }));
    });
  } finally {
    await services.stop();
  }
});
