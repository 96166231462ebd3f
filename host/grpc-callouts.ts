import { Status } from "./enums.js";
import { GrpcStatus, grpcFailures, statusMessage } from "./grpc-failures.js";
import { GrpcStream } from "./grpc-stream.js";
import type { RootHost } from "./root-host.js";
import { PendingCall } from "./pending-call.js";
import type { GrpcAnswer, GrpcCall, GrpcOutcome } from "./services.js";
import { toBytes } from "./text.js";

const isCall = (token: number) => (token & 3) === 1;
const isStream = (token: number) => (token & 3) === 2;

/** The gRPC calls and streams of a root that are under way. (Envoy, `Context::grpcCall` and its siblings) */
export class GrpcCallouts {
  private readonly calls = new Map<number, PendingCall>();
  private readonly streams = new Map<number, GrpcStream>();

  constructor(private readonly root: RootHost) {}

  /** Makes a unary call. A cluster that does not exist is an error where it was named alone. */
  call(call: Omit<GrpcCall, "signal">, named: boolean): { token: number } | Status {
    const { settings, tokens } = this.root.vm;
    const pending = new PendingCall(settings.clock.now(), call.timeoutMs);
    const made = settings.grpcCalls?.({ ...call, signal: pending.signal });
    if (made === undefined && named) return Status.ParseFailure;
    if (made === undefined || made === "no hosts") return this.unavailable((tokens.grpcCall += 4), made);
    const token = (tokens.grpcCall += 4);
    this.calls.set(token, pending);
    settings.later(async () => this.finish(token, await made));
    return { token };
  }

  /** Opens a stream. */
  open(call: Omit<GrpcCall, "signal">, named: boolean): { token: number } | Status {
    const { settings, tokens } = this.root.vm;
    const token = tokens.grpcStream + 4;
    const stream = new GrpcStream(this.root, token, () => this.streams.delete(token));
    const made = settings.grpcCalls?.({ ...call, stream, signal: new AbortController().signal });
    if (made === undefined && named) return Status.ParseFailure;
    tokens.grpcStream = token;
    if (made === undefined || made === "no hosts") {
      // What Envoy answers by itself is told within the hostcall, up to the end.
      if (made === "no hosts") stream.refuse();
      return this.unavailable(token, made);
    }
    this.streams.set(token, stream);
    settings.later(async () => {
      const outcome = await made;
      if (typeof outcome === "string" && outcome !== "open") stream.fail(outcome);
    });
    return { token };
  }

  send(token: number, message: Uint8Array, end: boolean): Status {
    if (!isStream(token)) return Status.BadArgument;
    const stream = this.streams.get(token);
    if (stream === undefined) return Status.NotFound;
    stream.hear(message, end);
    return Status.Ok;
  }

  /** Ends the calls whose time is up; says whether there were any. */
  expire(now: bigint): boolean {
    const late = [...this.calls].filter(([, call]) => call.isLate(now));
    for (const [token, call] of late) {
      this.finish(token, "timeout");
      call.abort();
    }
    return late.length > 0;
  }

  /** Cancels a call, or ends the plugin's side of a stream. */
  close(token: number): Status {
    if (isCall(token)) return this.cancelCall(token);
    if (!isStream(token)) return Status.BadArgument;
    const stream = this.streams.get(token);
    if (stream === undefined) return Status.NotFound;
    stream.endLocally();
    return Status.Ok;
  }

  /** Cancels a call, or resets a stream. */
  cancel(token: number): Status {
    if (isCall(token)) return this.cancelCall(token);
    if (!isStream(token)) return Status.BadArgument;
    const stream = this.streams.get(token);
    if (stream === undefined) return Status.NotFound;
    this.streams.delete(token);
    stream.cancel();
    return Status.Ok;
  }

  /** Nothing is heard of any call any more. */
  cancelAll(): void {
    for (const call of this.calls.values()) call.abort();
    this.calls.clear();
    for (const stream of this.streams.values()) stream.cancel();
    this.streams.clear();
  }

  private cancelCall(token: number): Status {
    const call = this.calls.get(token);
    if (call === undefined) return Status.NotFound;
    this.calls.delete(token);
    call.abort();
    return Status.Ok;
  }

  /** A call that fails at once: its end is told after the callback, though the plugin knows no number for it. */
  private unavailable(token: number, reason: "no hosts" | undefined): Status {
    const { status, message } = grpcFailures["no hosts"];
    const text = reason === undefined ? "Cluster not available" : message;
    this.root.vm.afterCall(() => this.root.grpcClosed(token, status, text));
    return Status.InternalFailure;
  }

  /** A unary call ends with a message or with a status other than 0, and nothing else is heard of it. */
  private finish(token: number, outcome: GrpcOutcome): void {
    if (!this.calls.delete(token)) return;
    if (typeof outcome === "string" && outcome !== "open") {
      const { status, message } = grpcFailures[outcome];
      this.root.grpcClosed(token, status, message);
      return;
    }
    const answer: GrpcAnswer = typeof outcome === "object" ? outcome : {};
    const status = answer.status ?? GrpcStatus.Ok;
    if (status !== (GrpcStatus.Ok as number)) {
      this.root.grpcClosed(token, status, statusMessage(answer.statusMessage ?? ""));
    } else if (answer.message === undefined) {
      this.root.grpcClosed(token, GrpcStatus.Internal, "");
    } else {
      this.root.grpcReceived(token, toBytes(answer.message));
    }
  }
}
