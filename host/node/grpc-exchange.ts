import * as http2 from "node:http2";
import { concat } from "../text.js";

type Fields = [name: string, value: string][];

export interface GrpcListener {
  onMetadata(metadata: Fields): void;
  onMessage(message: Uint8Array): void;
  /** The service has ended it. */
  onStatus(status: number, message: string, trailers: Fields): void;
  /** There is no service, or it broke off. */
  onFailure(failure: "refused" | "reset" | "timeout"): void;
}

const prefixSize = 5;
const [unknownStatus, unavailable] = [2, 14];

/** One gRPC exchange over HTTP/2; ends in exactly one of `onStatus` and `onFailure`, or with `cancel`. */
export class GrpcExchange {
  private readonly stream: http2.ClientHttp2Stream;
  private received: Uint8Array = new Uint8Array(0);
  private headers: Fields = [];
  private trailers: Fields | undefined;
  private over = false;
  private readonly timer: NodeJS.Timeout | undefined;

  /** `timeoutMs` is 0 for as long as it takes. */
  constructor(
    session: http2.ClientHttp2Session,
    headers: http2.OutgoingHttpHeaders,
    timeoutMs: number,
    private readonly listener: GrpcListener,
  ) {
    this.stream = session.request(headers);
    this.stream.on("response", (received) => this.onHeaders(received));
    this.stream.on("data", (bytes: Uint8Array) => this.onData(bytes));
    this.stream.on("trailers", (received: http2.IncomingHttpHeaders) => (this.trailers = fieldsOf(received)));
    this.stream.on("end", () => this.onEnd());
    this.stream.on("error", (error: NodeJS.ErrnoException) =>
      this.fail(isRefusal(error, session) ? "refused" : "reset"),
    );
    this.stream.on("close", () => this.fail("reset"));
    if (timeoutMs > 0) this.timer = setTimeout(() => this.fail("timeout"), timeoutMs);
  }

  send(message: Uint8Array): void {
    if (this.over) return;
    const prefix = new DataView(new ArrayBuffer(prefixSize));
    prefix.setUint32(1, message.length);
    this.stream.write(concat([new Uint8Array(prefix.buffer), message]));
  }

  /** Nothing more is sent; what the service still has to say is heard. */
  end(): void {
    if (!this.over) this.stream.end();
  }

  cancel(): void {
    if (this.over) return;
    this.finish();
    this.stream.close(http2.constants.NGHTTP2_CANCEL);
  }

  private onHeaders(received: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader): void {
    if (this.over) return;
    this.headers = fieldsOf(received);
    if (received["grpc-status"] === undefined && received[":status"] === 200) {
      this.listener.onMetadata(
        this.headers.filter(([name]) => name !== ":status" && name !== "content-type"),
      );
    }
  }

  private onData(bytes: Uint8Array): void {
    this.received = concat([this.received, bytes]);
    for (let message = this.next(); message !== undefined; message = this.next()) {
      if (!this.over) this.listener.onMessage(message);
    }
  }

  /** A complete message of those received, which is then received no more. */
  private next(): Uint8Array | undefined {
    const { received } = this;
    if (received.length < prefixSize) return undefined;
    const end = prefixSize + new DataView(received.buffer, received.byteOffset).getUint32(1);
    if (received.length < end) return undefined;
    this.received = received.subarray(end);
    return received.subarray(prefixSize, end);
  }

  private onEnd(): void {
    if (this.over) return;
    this.finish();
    const fields = this.trailers ?? this.headers;
    const field = (name: string) => fields.find(([other]) => other === name)?.[1];
    const isOk = this.headers.some(([name, value]) => name === ":status" && value === "200");
    const status = Number(field("grpc-status") ?? (isOk ? unknownStatus : unavailable));
    const rest = fields.filter(([name]) => !/^(:|grpc-status$|grpc-message$|content-type$)/.test(name));
    this.listener.onStatus(status, decoded(field("grpc-message") ?? ""), rest);
  }

  private fail(failure: "refused" | "reset" | "timeout"): void {
    if (this.over) return;
    this.finish();
    this.stream.close(http2.constants.NGHTTP2_CANCEL);
    this.listener.onFailure(failure);
  }

  private finish(): void {
    this.over = true;
    clearTimeout(this.timer);
  }
}

function fieldsOf(headers: http2.IncomingHttpHeaders): Fields {
  return Object.entries(headers).flatMap(([name, value]): Fields => {
    if (value === undefined) return [];
    return [value].flat().map((one): [string, string] => [name, String(one)]);
  });
}

/** The message of a status; one that is not encoded as it should be stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const isRefusal = (error: NodeJS.ErrnoException, session: http2.ClientHttp2Session) =>
  session.connecting || ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ETIMEDOUT"].includes(error.code ?? "");
