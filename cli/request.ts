import * as http from "node:http";
import * as http2 from "node:http2";
import { connect, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Fields, type FieldsToSend, flat } from "./headers.js";

export interface RequestOptions {
  method?: string;
  path?: string;
  /** Sent as they are written, in this order, repeats too. Values are Latin-1: a character a byte. */
  headers?: FieldsToSend;
  body?: string | Uint8Array | (string | Uint8Array)[];
  trailers?: FieldsToSend;
  /** Milliseconds between the pieces of the body. */
  pieceDelay?: number;
  /** Milliseconds until the request is given up; 15,000 without it. */
  timeout?: number;
  /** Milliseconds after which the client leaves, whatever it has got. */
  leaveAfter?: number;
}

export interface Response {
  status: number;
  headers: Fields;
  body: Buffer;
  text: string;
  trailers: Fields;
}

/** An answer that did not come to its end, with what there was of it; its status is 0 where nothing came. */
export class Unanswered extends Error {
  constructor(
    message: string,
    readonly received: Response,
  ) {
    super(message);
  }
}

/** What has come of an answer. */
class Coming {
  status = 0;
  headers = new Fields([]);
  trailers = new Fields([]);
  readonly chunks: Buffer[] = [];

  get response(): Response {
    const { status, headers, trailers } = this;
    const body = Buffer.concat(this.chunks);
    return { status, headers, body, text: body.toString(), trailers };
  }
}

const defaultTimeout = 15_000;

/** A request over HTTP/1.1 to a port of the loopback, on a connection of its own. */
export function request(port: number, options: RequestOptions = {}): Promise<Response> {
  const pieces = bodyPieces(options.body);
  const headers = flat(options.headers);
  const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (!names.includes("host")) headers.unshift("host", `127.0.0.1:${port}`);
  const framed = names.includes("content-length") || names.includes("transfer-encoding");
  if (!framed && options.trailers)
    headers.push("transfer-encoding", "chunked", "trailer", trailerNames(options));
  else if (!framed && Array.isArray(options.body)) headers.push("transfer-encoding", "chunked");
  else if (!framed && options.body !== undefined) headers.push("content-length", String(pieces[0]!.length));
  const { timeout = defaultTimeout, leaveAfter } = options;
  const coming = new Coming();
  return new Promise((resolve, reject) => {
    const fail = ({ message }: Error) => reject(new Unanswered(message, coming.response));
    const outgoing = http.request({
      host: "127.0.0.1",
      port,
      method: options.method ?? (options.body === undefined ? "GET" : "POST"),
      path: options.path ?? "/",
      headers: headers as unknown as http.OutgoingHttpHeaders, // Node takes the flat list, its types do not say so
      agent: false,
      maxHeaderSize: 1024 * 1024,
      timeout,
    });
    const leave = timerOf(leaveAfter, () => outgoing.destroy(hasLeft(leaveAfter)));
    outgoing.on("close", () => clearTimeout(leave));
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeout} ms`)));
    outgoing.on("error", fail);
    outgoing.on("response", (incoming) => {
      coming.status = incoming.statusCode ?? 0;
      coming.headers = Fields.fromRaw(incoming.rawHeaders);
      incoming.on("data", (chunk: Buffer) => coming.chunks.push(chunk));
      incoming.on("error", fail);
      incoming.on("end", () => {
        coming.trailers = Fields.fromRaw(incoming.rawTrailers);
        resolve(coming.response);
      });
    });
    void writePieces(outgoing, pieces, options.pieceDelay).then(() => {
      if (options.trailers)
        outgoing.addTrailers(Object.fromEntries([...Fields.fromRaw(flat(options.trailers))]));
      outgoing.end();
    });
  });
}

const timerOf = (milliseconds: number | undefined, action: () => void) =>
  milliseconds === undefined ? undefined : setTimeout(action, milliseconds);
const hasLeft = (milliseconds = 0) => new Error(`the client left after ${milliseconds} ms`);

/** Writes one piece after the other; those behind a delay only while somebody listens. */
async function writePieces(outgoing: Writable, pieces: Buffer[], delay?: number): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && delay !== undefined) await sleep(delay);
    if (outgoing.destroyed) return;
    outgoing.write(piece);
  }
}

const trailerNames = (options: RequestOptions) =>
  flat(options.trailers)
    .filter((_, index) => index % 2 === 0)
    .join(", ");

function bodyPieces(body: RequestOptions["body"]): Buffer[] {
  if (body === undefined) return [];
  return (Array.isArray(body) ? body : [body]).map((piece) => Buffer.from(piece as string));
}

/** A request over HTTP/2 with prior knowledge, on a connection of its own. */
export async function requestHttp2(port: number, options: RequestOptions = {}): Promise<Response> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const { timeout = defaultTimeout, leaveAfter } = options;
  const coming = new Coming();
  let leave: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const fail = ({ message }: Error) => reject(new Unanswered(message, coming.response));
      session.on("error", fail);
      const fields: http2.OutgoingHttpHeaders = {
        ":method": options.method ?? (options.body === undefined ? "GET" : "POST"),
        ":path": options.path ?? "/",
      };
      for (const [name, value] of Fields.fromRaw(flat(options.headers))) {
        const before = fields[name];
        fields[name] = before === undefined ? value : ([before, value].flat() as string[]);
      }
      const stream = session.request(fields, { waitForTrailers: options.trailers !== undefined });
      stream.setTimeout(timeout, () => stream.destroy(new Error(`no answer within ${timeout} ms`)));
      leave = timerOf(leaveAfter, () => stream.destroy(hasLeft(leaveAfter)));
      if (options.trailers) {
        stream.on("wantTrailers", () =>
          stream.sendTrailers(Object.fromEntries([...Fields.fromRaw(flat(options.trailers))])),
        );
      }
      const fieldsOf = (raw: string[]) =>
        new Fields([...Fields.fromRaw(raw)].filter(([name]) => !name.startsWith(":")));
      // Node hands the fields over as they came in a third argument, which its types do not know.
      stream.on("response", (received: http2.IncomingHttpStatusHeader, ...[, raw]: unknown[]) => {
        coming.status = received[":status"] ?? 0;
        coming.headers = fieldsOf(raw as string[]);
      });
      stream.on("trailers", (_: http2.IncomingHttpHeaders, ...[, raw]: unknown[]) => {
        coming.trailers = fieldsOf(raw as string[]);
      });
      stream.on("data", (chunk: Buffer) => coming.chunks.push(chunk));
      stream.on("error", fail);
      stream.on("end", () => resolve(coming.response));
      void writePieces(stream, bodyPieces(options.body), options.pieceDelay).then(() => stream.end());
    });
  } finally {
    clearTimeout(leave);
    session.close();
  }
}

/** Writes these bytes to a port and gives back all that comes until the peer closes or is quiet for `quiet` ms. */
export function exchange(port: number, bytes: string | Uint8Array, quiet = 500): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setTimeout(quiet, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", (error) => (chunks.length > 0 ? resolve(Buffer.concat(chunks)) : reject(error)));
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}
