import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * HTTP/2 by hand, for what no library sends: METADATA frames, an extension that Envoy has. Header blocks are literals
 * without indexing or Huffman coding, so nothing of HPACK is needed but their lengths.
 */
const types = { data: 0x0, headers: 0x1, settings: 0x4, ping: 0x6, goaway: 0x7, metadata: 0x4d };
const endStream = 0x1;
const ack = 0x1;
const endHeaders = 0x4;
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Names and values of less than 127 bytes. */
function block(fields: [string, string][]): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** Frames as they come in; `onFrame` gets each. */
function readFrames(socket: Socket, skip: number, onFrame: (frame: Frame) => void): void {
  let pending = Buffer.alloc(0);
  let skipped = 0;
  socket.on("data", (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    if (skipped < skip) {
      if (pending.length < skip) return;
      pending = pending.subarray(skip);
      skipped = skip;
    }
    while (pending.length >= 9) {
      const length = pending.readUIntBE(0, 3);
      if (pending.length < 9 + length) return;
      const stream = pending.readUInt32BE(5) & 0x7fffffff;
      const payload = pending.subarray(9, 9 + length);
      onFrame({ type: pending[3]!, flags: pending[4]!, stream, payload });
      pending = pending.subarray(9 + length);
    }
  });
}

/** Sends a POST with metadata between its headers and its body; resolves when its answer has ended. */
export function requestWithMetadata(port: number, metadata: [string, string][]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      const headers: [string, string][] = [
        [":method", "POST"],
        [":scheme", "http"],
        [":path", "/metadata"],
        [":authority", "metadata.test"],
      ];
      socket.write(
        Buffer.concat([
          Buffer.from(preface),
          frame(types.settings, 0, 0),
          frame(types.headers, endHeaders, 1, block(headers)),
          frame(types.metadata, endHeaders, 1, block(metadata)),
          frame(types.data, endStream, 1, Buffer.from("body")),
        ]),
      );
    });
    socket.setTimeout(5000, () => socket.destroy(new Error("no answer to the request with metadata")));
    socket.on("error", reject);
    readFrames(socket, 0, ({ type, flags, stream, payload }) => {
      if (type === types.settings && !(flags & ack)) socket.write(frame(types.settings, ack, 0));
      if (type === types.goaway) reject(new Error(`GOAWAY ${payload.subarray(8).toString()}`));
      if (stream !== 1 || !(flags & endStream) || (type !== types.data && type !== types.headers)) return;
      socket.destroy();
      resolve();
    });
  });
}

/** A server that answers every request with metadata behind its headers. */
export async function metadataServer(
  metadata: [string, string][],
): Promise<{ port: number; stop: () => void; received: Buffer[] }> {
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.write(frame(types.settings, 0, 0));
    readFrames(socket, preface.length, ({ type, flags, stream, payload }) => {
      if (type === types.settings && !(flags & ack)) socket.write(frame(types.settings, ack, 0));
      if (type === types.ping && !(flags & ack)) socket.write(frame(types.ping, ack, 0, payload));
      if (type === types.metadata) received.push(payload);
      if (!(flags & endStream) || (type !== types.data && type !== types.headers)) return;
      socket.write(
        Buffer.concat([
          frame(types.headers, endHeaders, stream, block([[":status", "200"]])),
          frame(types.metadata, endHeaders, stream, block(metadata)),
          frame(types.data, endStream, stream, Buffer.from("ok")),
        ]),
      );
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
