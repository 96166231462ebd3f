import { getBufferBytes } from "../abi/buffers";
import { hostData, hostSize } from "../abi/out";
import { Status } from "../abi/status";
import { endGrpc, findGrpc, initialMetadata, receivedMessage, trailingMetadata } from "../callout/grpc";
import { callStatus } from "../callout/status";
import { GrpcStatus } from "../callout/grpc-status";
import { CallOutcome, HttpCallResponse, outcomeOf, takeHttpCall } from "../callout/http-call";
import { DNS_RESULT, addressesOf, takeDns, ttlOf } from "../envoy/dns";
import { enter, leave, makeCurrent } from "../runtime/entry";
import { Pending } from "../runtime/handle";
import { activeMeter } from "../runtime/meter";
import { Slice, slice } from "../runtime/slice";
import { activate, activeRoot, restore } from "./active";
import { Context } from "./context";

/**
 * From the host's answers to who asked. The host answers to the root context; what hears of it is called as if the
 * context that asked had been, and not at all when that has ended.
 */

/** Whether somebody still wants the answer. The context that asked is the current one then, and else its root. */
function begin(pending: Pending): bool {
  const owner = pending.owner;
  if (owner === null) return false;
  makeCurrent(owner.id);
  activate(changetype<Context>(owner).root_);
  return !pending.orphaned;
}

/** Has it measured how long a service took, and how that ended. */
function measure(pending: Pending, outcome: CallOutcome): void {
  const meter = activeMeter();
  if (meter !== null) meter.answered(outcome, pending.made);
}

/** What a gRPC call has come to: services that fail have answered, as those that refuse. */
function grpcOutcome(status: u32): CallOutcome {
  if (status == GrpcStatus.DeadlineExceeded) return CallOutcome.TimedOut;
  return status == GrpcStatus.Unavailable ? CallOutcome.Unreachable : CallOutcome.Answered;
}

/** The answer to an HTTP call. */
export function httpCallResponse(root: u32, token: u32, headers: u32): void {
  const entry = enter(root);
  const outer = activeRoot();
  const pending = takeHttpCall(token);
  if (pending !== null) {
    const owner = pending.owner;
    const call = pending.call;
    const handler = pending.handler;
    const wanted = begin(pending);
    if (pending.made != 0) measure(pending, outcomeOf(headers));
    pending.detach();
    if (wanted && call !== null) {
      const response = new HttpCallResponse(call, headers);
      if (handler !== null) handler.onResponse(response);
      else changetype<Context>(owner).onHttpCallResponse(response);
    }
  }
  restore(outer);
  leave(entry);
}

/** The metadata before a gRPC message. */
export function grpcInitialMetadata(root: u32, token: u32): void {
  grpcMetadata(root, token, false);
}

/** The metadata behind the last gRPC message. */
export function grpcTrailingMetadata(root: u32, token: u32): void {
  grpcMetadata(root, token, true);
}

function grpcMetadata(root: u32, token: u32, isLast: bool): void {
  const entry = enter(root);
  const outer = activeRoot();
  const pending = findGrpc(token);
  if (pending !== null && begin(pending)) {
    const call = pending.callHandler;
    const stream = pending.streamHandler;
    const metadata = isLast ? trailingMetadata() : initialMetadata();
    if (call !== null) {
      if (isLast) call.onTrailingMetadata(metadata);
      else call.onInitialMetadata(metadata);
    } else if (stream !== null) {
      if (isLast) stream.onTrailingMetadata(metadata);
      else stream.onInitialMetadata(metadata);
    }
  }
  restore(outer);
  leave(entry);
}

/** A gRPC message: the answer to a call, which is over with it, or one more of a stream. */
export function grpcReceived(root: u32, token: u32): void {
  const entry = enter(root);
  const outer = activeRoot();
  const pending = findGrpc(token);
  if (pending !== null) {
    const call = pending.callHandler;
    const stream = pending.streamHandler;
    const wanted = begin(pending);
    if (stream === null) {
      if (pending.made != 0) measure(pending, CallOutcome.Answered);
      endGrpc(pending, token);
    }
    if (wanted && call !== null) call.onResponse(receivedMessage());
    else if (wanted && stream !== null) stream.onMessage(receivedMessage());
  }
  restore(outer);
  leave(entry);
}

/** A gRPC call has failed, or a stream is over. */
export function grpcClosed(root: u32, token: u32, status: u32): void {
  const entry = enter(root);
  const outer = activeRoot();
  const pending = findGrpc(token);
  if (pending !== null) {
    const call = pending.callHandler;
    const stream = pending.streamHandler;
    // The message is read while the root is effective, which the call was made by.
    const message = callStatus().message;
    const wanted = begin(pending);
    if (stream === null && pending.made != 0) measure(pending, grpcOutcome(status));
    endGrpc(pending, token);
    if (wanted && call !== null) call.onFailure(<GrpcStatus>status, message);
    else if (wanted && stream !== null) stream.onClose(<GrpcStatus>status, message);
  }
  restore(outer);
  leave(entry);
}

/** The addresses of a name. */
export function dnsResolved(root: u32, token: u32, size: u32): void {
  const entry = enter(root);
  const outer = activeRoot();
  const pending = takeDns(token);
  if (pending !== null) {
    const handler = pending.handler;
    const answer = size == 0 ? 0 : dnsAnswer(size);
    const wanted = begin(pending);
    pending.detach();
    if (wanted && handler !== null) handler.onResolved(addressesOf(answer), ttlOf(answer));
  }
  restore(outer);
  leave(entry);
}

function dnsAnswer(size: u32): Slice {
  return getBufferBytes(DNS_RESULT, 0, size) == Status.Ok ? slice(hostData(), hostSize()) : 0;
}
