import { BufferType, HeaderMapType } from "../abi/enums";
import { grpcCall, grpcCancel, grpcClose, grpcSend, grpcStream } from "../abi/callouts";
import { hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { Body } from "../http/body";
import { Headers } from "../http/headers";
import { encodePairs, fitsPairs } from "../http/pairs";
import { select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { ContextHandle, Pending } from "../runtime/handle";
import { Slice, dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { CallFailure } from "./failure";
import { GrpcStatus } from "./grpc-status";
import { NO_UPSTREAM, upstreamBytes } from "./grpc-upstream";
import { PendingCalls } from "./pending-calls";

/** Which method of which service is called, and where. Written as a literal, what is left out is empty. */
export class GrpcTarget {
  /** The cluster's name. */
  cluster: string = "";
  /**
   * A serialized `envoy.config.core.v3.GrpcService` in the place of `cluster`: for an authority of its own, which
   * clusters of Istio need, since `|` in their names is none. `grpcService` makes one.
   */
  serviceBytes: Uint8Array | null = null;
  /** The service with its package: `envoy.service.ratelimit.v3.RateLimitService`. */
  service: string = "";
  method: string = "";
  /** `[[name, value], ...]`; a name that ends with `-bin` has a value in base64. */
  metadata: string[][] = [];
}

/** Hears of a unary call. One of `onResponse` and `onFailure` comes, once, unless the context has ended before. */
export abstract class GrpcCallHandler {
  /** The metadata that came before the message. Not every host tells of it. (`proxy_on_grpc_receive_initial_metadata`) */
  onInitialMetadata(metadata: Headers): void {}
  /** The metadata that came after the message. Not every host tells of it. (`proxy_on_grpc_receive_trailing_metadata`) */
  onTrailingMetadata(metadata: Headers): void {}
  /** The service answered with this message. The body ends with the callback. (`proxy_on_grpc_receive`) */
  abstract onResponse(message: Body): void;
  /**
   * There is no answer: the service's status and message, or the host's (14, unavailable; 4, too late).
   * (`proxy_on_grpc_close`)
   */
  abstract onFailure(status: GrpcStatus, message: string): void;
}

/** Hears of a stream. */
export abstract class GrpcStreamHandler {
  /** The metadata that came before the first message. (`proxy_on_grpc_receive_initial_metadata`) */
  onInitialMetadata(metadata: Headers): void {}
  /** A message came. The body ends with the callback. (`proxy_on_grpc_receive`) */
  onMessage(message: Body): void {}
  /** The metadata that came after the last message. (`proxy_on_grpc_receive_trailing_metadata`) */
  onTrailingMetadata(metadata: Headers): void {}
  /** The stream is over: nothing more comes, and nothing can be sent. (`proxy_on_grpc_close`) */
  abstract onClose(status: GrpcStatus, message: string): void;
}

/** A call or a stream that the host has yet to end. */
@final
export class PendingGrpc extends Pending {
  constructor(
    public callHandler: GrpcCallHandler | null,
    public streamHandler: GrpcStreamHandler | null,
  ) {
    super();
  }

  /** A call or stream that nobody listens to is cancelled. */
  abandon(): bool {
    cancelGrpc(this);
    return false;
  }

  drop(): void {
    pendingGrpc.take(this.token);
  }
}

/** An open gRPC stream. */
@final
export class GrpcStream {
  constructor(private readonly pending: PendingGrpc) {}

  /** Whether it can still be sent on. */
  get isOpen(): bool {
    return this.pending.owner !== null;
  }

  /** Sends a message; with `end` it is the last one. False when the stream is over. */
  send(message: Uint8Array, end: bool = false): bool {
    const pending = this.pending;
    if (pending.owner === null) return false;
    const status = grpcSend(pending.token, dataOf(sliceOf(message)), message.length, end);
    if (status != Status.Ok && status != Status.NotFound) unexpected("proxy_grpc_send", status);
    return status == Status.Ok;
  }

  /** Ends the sending side; what the service still has to say is heard. */
  closeSend(): void {
    if (this.pending.owner === null) return;
    const status = grpcClose(this.pending.token);
    if (status != Status.Ok && status != Status.NotFound) unexpected("proxy_grpc_close", status);
  }

  /** Breaks it off: nothing more is heard of it. */
  cancel(): void {
    cancelGrpc(this.pending);
  }
}

/** A unary call that is under way. */
@final
export class GrpcCallHandle {
  constructor(private readonly pending: PendingGrpc) {}

  /** Breaks it off: nothing more is heard of it. */
  cancel(): void {
    cancelGrpc(this.pending);
  }
}

// @ts-ignore: decorator
@lazy
const pendingGrpc = new PendingCalls<PendingGrpc>();
// @ts-ignore: decorator
@lazy
let beingMade: PendingGrpc | null = null;
let failure: CallFailure = CallFailure.None;

/** Why the last call or stream could not be made. */
export function lastGrpcFailure(): CallFailure {
  return failure;
}

/** Envoy tells the service how long it waits, and 0 as 0: services then answer that it is too late. This is 24 days. */
const NO_TIMEOUT: u32 = i32.MAX_VALUE;

/** Makes a unary call; null when it cannot be made. */
export function makeGrpcCall(
  owner: ContextHandle,
  target: GrpcTarget,
  message: Uint8Array,
  timeoutMs: u32,
  handler: GrpcCallHandler,
): GrpcCallHandle | null {
  const metadata = prepare(owner, target);
  const upstream = upstreamBytes(target.cluster, target.serviceBytes);
  if (failure == CallFailure.None && upstream == NO_UPSTREAM) failure = CallFailure.UnknownCluster;
  if (failure != CallFailure.None) return null;
  const service = encode(target.service);
  const method = encode(target.method);
  const pending = begin(owner, new PendingGrpc(handler, null));
  const outer = beingMade;
  beingMade = pending;
  const status = grpcCall(
    dataOf(upstream),
    sizeOf(upstream),
    dataOf(service),
    sizeOf(service),
    dataOf(method),
    sizeOf(method),
    dataOf(metadata),
    sizeOf(metadata),
    message.dataStart,
    message.length,
    timeoutMs == 0 ? NO_TIMEOUT : timeoutMs,
  );
  beingMade = outer;
  return settle(pending, status, "proxy_grpc_call") ? new GrpcCallHandle(pending) : null;
}

/** Opens a stream; null when it cannot be opened. */
export function openGrpcStream(
  owner: ContextHandle,
  target: GrpcTarget,
  handler: GrpcStreamHandler,
): GrpcStream | null {
  const metadata = prepare(owner, target);
  const upstream = upstreamBytes(target.cluster, target.serviceBytes);
  if (failure == CallFailure.None && upstream == NO_UPSTREAM) failure = CallFailure.UnknownCluster;
  if (failure != CallFailure.None) return null;
  const service = encode(target.service);
  const method = encode(target.method);
  const pending = begin(owner, new PendingGrpc(null, handler));
  const outer = beingMade;
  beingMade = pending;
  const status = grpcStream(
    dataOf(upstream),
    sizeOf(upstream),
    dataOf(service),
    sizeOf(service),
    dataOf(method),
    sizeOf(method),
    dataOf(metadata),
    sizeOf(metadata),
  );
  beingMade = outer;
  return settle(pending, status, "proxy_grpc_stream") ? new GrpcStream(pending) : null;
}

/** The metadata as a block of pairs; `failure` tells whether all is well so far. */
function prepare(owner: ContextHandle, target: GrpcTarget): Slice {
  failure = CallFailure.None;
  if (!select(owner.id)) failure = CallFailure.ContextGone;
  const metadata = encodePairs(target.metadata);
  if (!fitsPairs()) failure = CallFailure.BadHeaders;
  return metadata;
}

function begin(owner: ContextHandle, pending: PendingGrpc): PendingGrpc {
  pending.attach(owner);
  return pending;
}

/** Enters what the host took on; false, with the reason, for what it did not. */
function settle(pending: PendingGrpc, status: Status, hostcall: string): bool {
  if (status == Status.Ok) {
    pending.token = hostU32();
    if (pending.owner !== null) pendingGrpc.put(pending.token, pending);
    return true;
  }
  pending.detach();
  failure = CallFailure.HostFailure;
  if (status == Status.ParseFailure || status == Status.BadArgument) failure = CallFailure.UnknownCluster;
  else if (status != Status.InternalFailure) unexpected(hostcall, status);
  return false;
}

function cancelGrpc(pending: PendingGrpc): void {
  const known = pendingGrpc.take(pending.token) === pending;
  pending.detach();
  pending.callHandler = null;
  pending.streamHandler = null;
  if (!known) return;
  const status = grpcCancel(pending.token);
  if (status != Status.Ok && status != Status.NotFound) unexpected("proxy_grpc_cancel", status);
}

/** The call or stream that the host tells of; null for one that is not known. */
export function findGrpc(token: u32): PendingGrpc | null {
  const known = pendingGrpc.find(token);
  return known !== null ? known : beingMade;
}

/** Takes out a call or stream that is over. */
export function endGrpc(pending: PendingGrpc, token: u32): void {
  pending.detach();
  if (pendingGrpc.take(token) === null && beingMade === pending) beingMade = null;
}

/** How many calls and streams the host has yet to end. */
export function pendingGrpcCalls(): u32 {
  return pendingGrpc.size;
}

/** The metadata that came first. */
export function initialMetadata(): Headers {
  return new Headers(HeaderMapType.GrpcReceiveInitialMetadata, 0);
}

/** The metadata that came last. */
export function trailingMetadata(): Headers {
  return new Headers(HeaderMapType.GrpcReceiveTrailingMetadata, 0);
}

/** The message that came. */
export function receivedMessage(): Body {
  return new Body(BufferType.GrpcReceiveBuffer, 0);
}
