import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { withProxy } from "../../envoy/harness.js";
import { chain, Services } from "../chain.js";
import { assertQuiet, memoryOf } from "../quiet.js";

/** How many streams are begun and reset. */
const streams = Number(process.env["AS_PROXY_WASM_RESETS"] ?? 6_000);
const perConnection = 60;
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const cancel = Buffer.from([0, 0, 0, 8]);

function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block of literals, without Huffman codes; nothing of it is longer than 126 bytes. */
const block = (fields: [string, string][]) =>
  Buffer.concat(
    fields.map(([name, value]) =>
      Buffer.concat([
        Buffer.from([0, name.length]),
        Buffer.from(name),
        Buffer.from([value.length]),
        Buffer.from(value),
      ]),
    ),
  );

/** Begins streams on one connection and resets each at once, all in one piece; comes back when Envoy ends it. */
function flood(port: number, path: string): Promise<void> {
  const headers = block([
    [":method", path === "/echo/1" ? "POST" : "GET"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "a"],
    ["x-verdict", "allow"],
    ["content-type", "application/json"],
  ]);
  const pieces = [preface, frame(4, 0, 0)];
  for (let index = 0; index < perConnection; index++) {
    const stream = 2 * index + 1;
    pieces.push(frame(1, path === "/echo/1" ? 4 : 5, stream, headers), frame(3, 0, stream, cancel));
  }
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(Buffer.concat(pieces));
      socket.write(frame(6, 0, 0, Buffer.alloc(8)));
    });
    // The answer to the ping comes when all before it was read; Envoy may end the connection before.
    let got = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      for (let at = 0; at + 9 <= got.length; at += 9 + got.readUIntBE(at, 3))
        if (got[at + 3] === 6 && (got[at + 4]! & 1) === 1) socket.destroy();
    });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

test(`${streams} HTTP/2 streams that are reset as soon as they begin leave nothing behind`, async (t) => {
  const services = await Services.start();
  const options = { filters: await chain(), clusters: services.clusters, concurrency: 2 };
  const paths = ["/open/1", "/both/1", "/batched/1", "/policy/1", "/cached/1", "/echo/1"];
  try {
    await withProxy(options, async (proxy) => {
      const run = async (count: number) => {
        for (let sent = 0, index = 0; sent < count; sent += 4 * perConnection, index++)
          await Promise.all(
            [0, 1, 2, 3].map((more) => flood(proxy.port, paths[(index * 4 + more) % paths.length]!)),
          );
        await assertQuiet(proxy);
      };
      await run(streams / 4);
      const before = await memoryOf(proxy);
      await run((streams * 3) / 4);
      const after = await memoryOf(proxy);
      const stats = await proxy.envoy.admin.stats(
        "downstream_rq_total$|downstream_rq_rx_reset$|witness_contexts",
      );
      t.diagnostic(
        `${JSON.stringify(Object.fromEntries(stats))}; memory ${JSON.stringify({ before, after })}`,
      );
      assert.ok(stats.get("http.main.downstream_rq_rx_reset")! >= streams * 0.9);
      assert.ok(after.allocated < before.allocated + (2 << 20), JSON.stringify({ before, after }));
      assert.ok(after.resident < before.resident + (12 << 20), JSON.stringify({ before, after }));
      const answer = await proxy.request({ path: "/both/1", headers: { "x-verdict": "allow" } });
      assert.equal(answer.status, 200);
    });
  } finally {
    await services.stop();
  }
});
