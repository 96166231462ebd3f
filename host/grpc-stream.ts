import { HeaderMapType } from "./enums.js";
import { grpcFailures, statusMessage } from "./grpc-failures.js";
import { percentEncoded } from "./local-reply.js";
import { HeaderMap, type HeaderList } from "./header-map.js";
import type { RootHost } from "./root-host.js";
import type { GrpcServerStream } from "./services.js";
import { type TextOrBytes, toBytes } from "./text.js";

/**
 * A gRPC stream of a plugin's, with the service's end for the caller to play. What the service does is told to the
 * plugin soon, never from within a callback.
 */
export class GrpcStream implements GrpcServerStream {
  onMessage: GrpcServerStream["onMessage"] = () => {};
  onEnd: GrpcServerStream["onEnd"] = () => {};
  onCancel: GrpcServerStream["onCancel"] = () => {};
  private metadataSent = false;
  private isOver = false;
  private endedLocally = false;
  private hasAllOfRequest = false;
  private endedRemotely = false;

  constructor(
    private readonly root: RootHost,
    private readonly token: number,
    /** The plugin can no longer name it. */
    private readonly forget: () => void,
  ) {}

  sendMetadata(metadata: HeaderList): void {
    if (this.metadataSent) return;
    this.metadataSent = true;
    const headers = new HeaderMap([[":status", "200"], ["content-type", "application/grpc"], ...metadata]);
    this.soon(() => {
      // As Envoy measures it: from the end of the request on.
      if (this.hasAllOfRequest) headers.set("x-envoy-upstream-service-time", "0");
      this.tell("initial", headers);
    });
  }

  send(message: TextOrBytes): void {
    this.sendMetadata([]);
    const bytes = toBytes(message).slice();
    this.soon(() => this.root.grpcReceived(this.token, bytes));
  }

  close(status = 0, message = "", trailers: HeaderList = []): void {
    this.sendMetadata([]);
    const fields: [string, string][] = [["grpc-status", String(status)]];
    if (message !== "") fields.push(["grpc-message", percentEncoded(message)]);
    this.finish(new HeaderMap([...fields, ...trailers]), status, statusMessage(message));
  }

  /** There is nobody to send it to: Envoy's answer is there at once. */
  refuse(): void {
    this.isOver = true;
    this.tell("initial", new HeaderMap());
    this.tell("trailing", ownTrailers("no hosts"));
  }

  /** There is no service, or it broke off: Envoy answers in its place with a status alone. */
  fail(reason: keyof typeof grpcFailures): void {
    const { status, message } = grpcFailures[reason];
    if (!this.metadataSent) {
      this.metadataSent = true;
      this.soon(() => this.tell("initial", new HeaderMap()));
    }
    this.finish(ownTrailers(reason), status, message);
  }

  /** The plugin sends a message. */
  hear(message: Uint8Array, end: boolean): void {
    if (this.isOver) return;
    this.hasAllOfRequest ||= end;
    this.soon(() => this.onMessage(message, end));
  }

  /** The plugin ends its side. */
  endLocally(): void {
    this.endedLocally = true;
    this.hasAllOfRequest = true;
    if (this.endedRemotely) this.forget();
    else this.soon(() => this.onEnd());
  }

  /** The plugin wants no more of it. */
  cancel(): void {
    this.isOver = true;
    this.root.vm.settings.later(() => this.onCancel());
  }

  private finish(trailers: HeaderMap, status: number, message: string): void {
    this.soon(() => {
      this.tell("trailing", trailers);
      this.isOver = true;
      this.endedRemotely = true;
      this.root.grpcClosed(this.token, status, message);
      if (this.endedLocally) this.forget();
    });
  }

  private tell(kind: "initial" | "trailing", metadata: HeaderMap): void {
    const type =
      kind === "initial"
        ? HeaderMapType.GrpcReceiveInitialMetadata
        : HeaderMapType.GrpcReceiveTrailingMetadata;
    this.root.grpcMetadata(`proxy_on_grpc_receive_${kind}_metadata`, this.token, type, metadata);
  }

  private soon(action: () => void): void {
    this.root.vm.settings.later(() => {
      if (!this.isOver) action();
    });
  }
}

/** What Envoy answers in the place of a service. */
function ownTrailers(reason: keyof typeof grpcFailures): HeaderMap {
  const { status, message } = grpcFailures[reason];
  return new HeaderMap([
    [":status", "200"],
    ["content-type", "application/grpc"],
    ["grpc-status", String(status)],
    ["grpc-message", message],
  ]);
}
