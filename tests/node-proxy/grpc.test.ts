import assert from "node:assert/strict";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { request } from "../../cli/request.js";
import { Proxy } from "../envoy/harness.js";
import { moduleFile, probe, unusedPort, urlOf, withProxy } from "./harness.js";

const frame = (text: string) => {
  const bytes = Buffer.alloc(5 + text.length, text);
  bytes.writeUIntBE(text.length, 0, 5);
  bytes.write(text, 5);
  return bytes;
};

/** Repeats what it hears, one message each, and ends with status 0; fails with 7 when it is asked as `denying`. */
async function withEcho(use: (port: number) => Promise<void>): Promise<void> {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    const content = { ":status": 200, "content-type": "application/grpc" };
    if (headers[":authority"] === "denying") {
      stream.respond({ ...content, "grpc-status": "7", "grpc-message": "not%20you" }, { endStream: true });
      return;
    }
    if (headers[":authority"] === "silent") return;
    assert.equal(headers[":path"], "/test.Echo/Say");
    assert.equal(headers["x-asked"], "yes");
    stream.respond(content, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "fine" }));
    let heard = Buffer.alloc(0);
    stream.on("data", (bytes: Buffer) => (heard = Buffer.concat([heard, bytes])));
    stream.on("end", () => {
      for (let at = 0; at < heard.length;) {
        const length = heard.readUInt32BE(at + 1);
        stream.write(frame(`re: ${heard.toString("utf8", at + 5, at + 5 + length)}`));
        at += 5 + length;
      }
      stream.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const paths = ["good", "denying", "silent", "refusing"].map((cluster) => `/grpc/${cluster}/`);
const all = [...paths, "/grpc-stream/good/", "/grpc-stream/denying/", "/grpc-stream/refusing/"];

test("gRPC services are asked, and answer and fail, as with Envoy", async (t) => {
  await withEcho(async (port) => {
    const ports = { good: port, denying: port, silent: port, refusing: await unusedPort() };
    const expected = new Map<string, string | undefined>();
    const envoy = await Proxy.start({
      filters: [{ code: await moduleFile("probe"), name: "a", rootId: "probe" }],
      clusters: Object.entries(ports).map(([name, port]) => ({ name, address: { port }, http2: true })),
    });
    try {
      for (const path of all) {
        await envoy.request(path);
        expected.set(path, envoy.upstream.last.headers.get("x-grpc"));
      }
    } finally {
      await envoy.stop();
    }
    const clusters = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, urlOf({ port })]));
    await withProxy({ plugins: [await probe("a")], clusters }, async ({ proxy, upstream }) => {
      for (const path of all) {
        await t.test(path, async () => {
          await request(proxy.port, { path });
          assert.equal(upstream.last.headers.get("x-grpc"), expected.get(path));
        });
      }
    });
    assert.equal(expected.get("/grpc/good/"), "answer re: question");
  });
});
