import * as http from "node:http";
import * as http2 from "node:http2";
import { connect, type Socket } from "node:net";
import { Fields, type FieldsToSend, flat } from "./headers.js";

export interface RequestOptions {
  method?: string;
  path?: string;
  /** Sent as they are written, in this order, repeats too. Values are Latin-1: a character a byte. */
  headers?: FieldsToSend;
  body?: string | Uint8Array | (string | Uint8Array)[];
  trailers?: FieldsToSend;
  /** Milliseconds until the request is given up; 15,000 without it. */
  timeout?: number;
}

export interface Response {
  status: number;
  headers: Fields;
  body: Buffer;
  text: string;
  trailers: Fields;
}

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
  return new Promise((resolve, reject) => {
    const outgoing = http.request({
      host: "127.0.0.1",
      port,
      method: options.method ?? (options.body === undefined ? "GET" : "POST"),
      path: options.path ?? "/",
      headers: headers as unknown as http.OutgoingHttpHeaders, // Node takes the flat list, its types do not say so
      agent: false,
      maxHeaderSize: 1024 * 1024,
      timeout: options.timeout ?? 15_000,
    });
    outgoing.on("timeout", () =>
      outgoing.destroy(new Error(`no answer within ${options.timeout ?? 15_000} ms`)),
    );
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => void collect(incoming).then(resolve, reject));
    for (const piece of pieces) outgoing.write(piece);
    if (options.trailers)
      outgoing.addTrailers(Object.fromEntries([...Fields.fromRaw(flat(options.trailers))]));
    outgoing.end();
  });
}

async function collect(incoming: http.IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return {
    status: incoming.statusCode ?? 0,
    headers: Fields.fromRaw(incoming.rawHeaders),
    body,
    text: body.toString(),
    trailers: Fields.fromRaw(incoming.rawTrailers),
  };
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
  try {
    return await new Promise((resolve, reject) => {
      session.on("error", reject);
      const fields: http2.OutgoingHttpHeaders = {
        ":method": options.method ?? (options.body === undefined ? "GET" : "POST"),
        ":path": options.path ?? "/",
      };
      for (const [name, value] of Fields.fromRaw(flat(options.headers))) {
        const before = fields[name];
        fields[name] = before === undefined ? value : ([before, value].flat() as string[]);
      }
      const stream = session.request(fields, { waitForTrailers: options.trailers !== undefined });
      stream.setTimeout(options.timeout ?? 15_000, () => stream.destroy(new Error("no answer in time")));
      if (options.trailers) {
        stream.on("wantTrailers", () =>
          stream.sendTrailers(Object.fromEntries([...Fields.fromRaw(flat(options.trailers))])),
        );
      }
      let status = 0;
      let headers = new Fields([]);
      let trailers = new Fields([]);
      const chunks: Buffer[] = [];
      const fieldsOf = (raw: string[]) =>
        new Fields([...Fields.fromRaw(raw)].filter(([name]) => !name.startsWith(":")));
      // Node hands the fields over as they came in a third argument, which its types do not know.
      stream.on("response", (received: http2.IncomingHttpStatusHeader, ...[, raw]: unknown[]) => {
        status = received[":status"] ?? 0;
        headers = fieldsOf(raw as string[]);
      });
      stream.on("trailers", (_: http2.IncomingHttpHeaders, ...[, raw]: unknown[]) => {
        trailers = fieldsOf(raw as string[]);
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => {
        const body = Buffer.concat(chunks);
        resolve({ status, headers, body, text: body.toString(), trailers });
      });
      for (const piece of bodyPieces(options.body)) stream.write(piece);
      stream.end();
    });
  } finally {
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
