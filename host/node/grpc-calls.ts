import * as http2 from "node:http2";
import type { GrpcAnswer, GrpcCall, GrpcOutcome, GrpcServerStream } from "../index.js";
import { GrpcExchange, type GrpcListener } from "./grpc-exchange.js";

const unavailable = 14;

/** gRPC services at the URLs of clusters: plain HTTP/2, or TLS where the URL says https. */
export class GrpcServices {
  private readonly sessions = new Map<string, http2.ClientHttp2Session>();

  constructor(private readonly clusters: ReadonlyMap<string, URL>) {}

  /** What a plugin asks; undefined for a cluster that has no URL. */
  call(call: GrpcCall): Promise<GrpcOutcome> | undefined {
    const target = this.clusters.get(call.cluster);
    if (target === undefined) return undefined;
    return call.stream === undefined ? this.unary(call, target) : this.streaming(call, call.stream, target);
  }

  /** Cuts all connections. */
  destroy(): void {
    for (const session of this.sessions.values()) session.destroy();
  }

  private unary(call: GrpcCall, target: URL): Promise<GrpcOutcome> {
    return new Promise((resolve) => {
      let message: Uint8Array | undefined;
      const exchange = this.exchange(call, target, {
        onMetadata: () => {},
        onMessage: (received) => (message ??= received),
        onStatus: (status, statusMessage) => resolve(answerOf(message, status, statusMessage)),
        onFailure: resolve,
      });
      exchange.send(call.message);
      exchange.end();
    });
  }

  private streaming(call: GrpcCall, plugin: GrpcServerStream, target: URL): Promise<GrpcOutcome> {
    return new Promise((resolve) => {
      let isOpen = false;
      const open = () => {
        isOpen = true;
        resolve("open");
      };
      const exchange = this.exchange(call, target, {
        onMetadata: (metadata) => {
          open();
          plugin.sendMetadata(metadata);
        },
        onMessage: (message) => plugin.send(message),
        onStatus: (status, message, trailers) => {
          open();
          plugin.close(status, message, trailers);
        },
        onFailure: (failure) => {
          if (isOpen) plugin.close(unavailable, "upstream connect error or disconnect/reset");
          else resolve(failure);
        },
      });
      plugin.onMessage = (message, end) => {
        exchange.send(message);
        if (end) exchange.end();
      };
      plugin.onEnd = () => exchange.end();
      plugin.onCancel = () => {
        exchange.cancel();
        resolve("open");
      };
    });
  }

  private exchange(call: GrpcCall, target: URL, listener: GrpcListener): GrpcExchange {
    const headers: http2.OutgoingHttpHeaders = {
      ":method": "POST",
      ":path": `/${call.service}/${call.method}`,
      ":authority": call.cluster,
      te: "trailers",
      "content-type": "application/grpc",
      "x-envoy-internal": "true",
      ...(call.timeoutMs > 0 && { "grpc-timeout": grpcTimeout(call.timeoutMs) }),
    };
    for (const [name, value] of call.metadata) {
      const present = headers[name];
      headers[name] = present === undefined ? value : [present, value].flat().map(String);
    }
    return new GrpcExchange(this.session(target), headers, call.timeoutMs, listener);
  }

  private session(target: URL): http2.ClientHttp2Session {
    const known = this.sessions.get(target.origin);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = http2.connect(target.origin);
    // Each exchange hears of the error by itself.
    session.on("error", () => {});
    this.sessions.set(target.origin, session);
    return session;
  }
}

/** A time as gRPC writes it: in seconds where the milliseconds have more than eight digits. (gRPC over HTTP/2, "Timeout") */
export function grpcTimeout(milliseconds: number): string {
  const most = 99_999_999;
  if (milliseconds <= most) return `${milliseconds}m`;
  return `${Math.floor(milliseconds / 1000)}S`;
}

function answerOf(message: Uint8Array | undefined, status: number, statusMessage: string): GrpcAnswer {
  return { status, statusMessage, ...(message !== undefined && { message }) };
}
