import * as http from "node:http";
import * as http2 from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { bodyOf, pairsOf } from "../../../cli/scenarios/bytes.js";
import type { RequestToSend } from "../../../cli/scenarios/scenario.js";
import { flat } from "../../../cli/headers.js";
import { tcpAnswer } from "./tcp-script.js";
import type { TcpStep } from "./acts.js";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** Milliseconds between what is sent over a connection, so that each comes by itself. */
const gap = 25;

/** Waits until what was sent before was seen, so that what comes next is not taken for a part of it. */
export type Settle = () => Promise<void>;

export interface Got {
  status: number;
  body: Buffer;
  headers: [string, string][];
  trailers: [string, string][];
}

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]!] as [string, string]] : []));

/** Sends a request whose pieces come one by one. Rejects when the stream was broken off. */
export function send(port: number, asked: RequestToSend, settle: Settle): Promise<Got> {
  return asked.http2 ? sendHttp2(port, asked, settle) : sendHttp1(port, asked, settle);
}

const piecesOf = ({ body }: RequestToSend) =>
  body === undefined ? [] : [bodyOf(body)].flat().filter(({ length }) => length > 0);

async function sendHttp1(port: number, asked: RequestToSend, settle: Settle): Promise<Got> {
  const { method, path = "/", authority = "trace.test", headers, body, trailers } = asked;
  const fields = flat([["host", authority], ...pairsOf(headers)]);
  if (trailers) fields.push("transfer-encoding", "chunked", "trailer", Object.keys(trailers).join(", "));
  else if (Array.isArray(body)) fields.push("transfer-encoding", "chunked");
  else if (body !== undefined) fields.push("content-length", String(piecesOf(asked)[0]?.length ?? 0));
  const outgoing = http.request({
    host: "127.0.0.1",
    port,
    method: method ?? (body === undefined ? "GET" : "POST"),
    path: path as string,
    headers: fields as unknown as http.OutgoingHttpHeaders,
    agent: false,
    timeout: 10_000,
  });
  const got = new Promise<Got>((resolve, reject) => {
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: pairs(incoming.rawHeaders),
          body: Buffer.concat(chunks),
          trailers: pairs(incoming.rawTrailers),
        }),
      );
    });
  });
  got.catch(() => {});
  outgoing.setNoDelay(true);
  const pieces = piecesOf(asked);
  if (pieces.length > 0) {
    outgoing.flushHeaders();
    await settle();
  }
  for (const piece of pieces) {
    outgoing.write(piece);
    await settle();
  }
  if (trailers) outgoing.addTrailers(pairsOf(trailers));
  outgoing.end();
  return got;
}

async function sendHttp2(port: number, asked: RequestToSend, settle: Settle): Promise<Got> {
  const { method, path = "/", authority = "trace.test", headers, body, trailers } = asked;
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  try {
    const fields: http2.OutgoingHttpHeaders = {
      ":authority": authority,
      ":path": path as string,
      ":method": method ?? (body === undefined ? "GET" : "POST"),
    };
    for (const [name, value] of pairsOf(headers)) {
      const before = fields[name.toLowerCase()] as string | undefined;
      fields[name.toLowerCase()] = before === undefined ? value : [before, value].flat();
    }
    const stream = session.request(fields, { waitForTrailers: trailers !== undefined });
    const got = new Promise<Got>((resolve, reject) => {
      const answer: Got = { status: 0, body: Buffer.alloc(0), headers: [], trailers: [] };
      const chunks: Buffer[] = [];
      stream.setTimeout(10_000, () => stream.destroy(new Error("no answer in time")));
      stream.on("response", (received, ...[, raw]: unknown[]) => {
        answer.status = received[":status"] ?? 0;
        answer.headers = pairs(raw as string[]).filter(([name]) => !name.startsWith(":"));
      });
      stream.on("trailers", (_, ...[, raw]: unknown[]) => (answer.trailers = pairs(raw as string[])));
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () => {
        if (stream.rstCode !== 0) reject(new Error(`reset with ${stream.rstCode}`));
        else resolve({ ...answer, body: Buffer.concat(chunks) });
      });
      if (trailers)
        stream.on("wantTrailers", () => stream.sendTrailers(Object.fromEntries(pairsOf(trailers))));
    });
    got.catch(() => {});
    const pieces = piecesOf(asked);
    if (pieces.length > 0) await settle();
    for (const piece of pieces) {
      if (!stream.destroyed) stream.write(piece);
      await settle();
    }
    if (!stream.destroyed) stream.end();
    return await got;
  } finally {
    session.destroy();
  }
}

/** Sends a request without a body, and goes away. */
export async function sendAndLeave(port: number, asked: RequestToSend, after: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const fields: [string, string][] = [["host", asked.authority ?? "trace.test"], ...pairsOf(asked.headers)];
  socket.write(`GET / HTTP/1.1\r\n${fields.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\n`);
  await sleep(after);
  socket.destroy();
}

/** What a client on a connection heard, in the order of its steps. */
export async function converse(port: number, steps: readonly TcpStep[]): Promise<string[]> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.setNoDelay(true);
  let heard = "";
  let closed = false;
  socket.on("data", (bytes: Buffer) => (heard += bytes.toString()));
  socket.on("error", () => {});
  for (const event of ["end", "close"]) socket.on(event, () => (closed = true));
  await new Promise((resolve) => socket.once("connect", resolve));
  await sleep(gap);
  for (const step of steps) {
    if (step === "end") socket.end();
    else if (step === "reset") socket.resetAndDestroy();
    else if ("send" in step) socket.write(step.send);
    else await sleep(step.wait);
  }
  await sleep(60);
  const said = `client: heard ${JSON.stringify(heard)}${steps.at(-1) === "reset" ? "" : ` closed=${closed}`}`;
  socket.destroy();
  return [said];
}

/** A TCP server that does as the script says. */
export async function startTcpServer(): Promise<{ port: number; received: string[]; stop: () => void }> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    // Behind what is said last, so that it comes by itself.
    const end = () => setTimeout(() => socket.end(), gap);
    socket.on("end", end);
    socket.on("data", (bytes) => {
      received.push(bytes.toString());
      const { text, later, ends } = tcpAnswer(bytes.toString());
      if (socket.writable) socket.write(text);
      if (later !== undefined) setTimeout(() => socket.write(later), 100);
      if (ends) end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
