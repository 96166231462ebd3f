import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withProxy } from "../../envoy/harness.js";
import { chain, Services } from "../chain.js";
import { assertQuiet, memoryOf, tally } from "../quiet.js";

test("clients that send a byte at a time hold up nobody, and are let go of when their time is up", async (t) => {
  const services = await Services.start();
  const options = {
    filters: await chain(),
    clusters: services.clusters,
    concurrency: 1,
    listener: { more: { request_headers_timeout: "1.5s", stream_idle_timeout: "2s", request_timeout: "3s" } },
  };
  const head = "GET /open/1 HTTP/1.1\r\nhost: a\r\nx-verdict: allow\r\nx-long: ";
  const post =
    "POST /echo/1 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{";
  try {
    await withProxy(options, async (proxy) => {
      const before = await memoryOf(proxy);
      const slow = Array.from({ length: 200 }, (_, index) => {
        const socket = connect(proxy.port, "127.0.0.1");
        const state = { socket, got: "", closed: false };
        socket.on("error", () => {});
        socket.on("data", (chunk: Buffer) => (state.got += chunk.toString("latin1")));
        socket.on("close", () => (state.closed = true));
        socket.write(index % 2 ? head : post);
        return state;
      });
      const started = performance.now();
      let served = 0;
      while (slow.some(({ closed, got }) => !closed && got === "") && performance.now() - started < 15_000) {
        for (const { socket, closed } of slow) if (!closed) socket.write("a");
        const asked = performance.now();
        assert.equal(
          (await proxy.request({ path: "/both/1", headers: { "x-verdict": "allow" } })).status,
          200,
        );
        assert.ok(performance.now() - asked < 5000);
        served += 1;
        await sleep(100);
      }
      const outcomes = slow.map(({ got, closed }) => got.slice(9, 12) || (closed ? "closed" : "still open"));
      t.diagnostic(`200 slow clients: ${tally(outcomes)}; ${served} others were served meanwhile`);
      for (const outcome of outcomes) assert.ok(["408", "closed"].includes(outcome), outcome);
      for (const { socket } of slow) socket.destroy();
      await assertQuiet(proxy);
      const after = await memoryOf(proxy);
      t.diagnostic(`memory ${JSON.stringify({ before, after })}`);
      assert.ok(after.resident < before.resident + (16 << 20), JSON.stringify({ before, after }));
    });
  } finally {
    await services.stop();
  }
});
