import { LogLevel, StreamType } from "../abi/enums";
import { Status } from "../abi/status";
import { closeStream, sendLocalResponse } from "../abi/streams";
import { isAnotherDeciding, select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { ContextHandle, State } from "../runtime/handle";
import { activeMeter } from "../runtime/meter";
import { decimal } from "../runtime/decimal";
import { writeLog } from "../runtime/log";
import { isShadowed, noteShadowed } from "../runtime/shadow";
import { Slice, dataOf, sizeOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { encodePairs, fitsPairs } from "./pairs";

/** No gRPC status in a local reply. */
export const NO_GRPC_STATUS: i32 = -1;

/** What a gRPC client is told where others get a 429. */
const RESOURCE_EXHAUSTED: i32 = 8;

/**
 * Has the host answer a stream itself. False when nothing was sent: the stream is over, shadow mode is on, the headers
 * cannot be, or another stream's callback runs: Envoy would hold that stream too, whatever its callback answers
 * (cpp-host, `stopNextIteration`). The log says why.
 */
export function sendReply(
  handle: ContextHandle,
  status: u32,
  headers: string[][],
  body: Slice,
  details: string,
  grpcStatus: i32,
): bool {
  if (!canReply(handle, status)) return false;
  const pairs = encodePairs(headers);
  return fitsPairs() && sendPairs(handle, status, pairs, body, details, grpcStatus);
}

/** As `sendReply`, with fields that are a block of pairs already. */
export function sendReplyBlock(
  handle: ContextHandle,
  status: u32,
  pairs: Slice,
  body: Slice,
  details: string,
): bool {
  return canReply(handle, status) && sendPairs(handle, status, pairs, body, details, NO_GRPC_STATUS);
}

function canReply(handle: ContextHandle, status: u32): bool {
  if (handle.state & State.Ended || !select(handle.id)) return false;
  if (isShadowed()) {
    noteShadowed("answer", decimal(status));
    return false;
  }
  if (isAnotherDeciding(handle.id)) {
    writeLog(
      LogLevel.Error,
      "a stream cannot be answered in another one's callback, which the host would hold too",
    );
    return false;
  }
  return true;
}

function sendPairs(
  handle: ContextHandle,
  status: u32,
  pairs: Slice,
  body: Slice,
  details: string,
  grpcStatus: i32,
): bool {
  // Hosts turn the other statuses into what the gRPC specification says; of this they make UNAVAILABLE.
  if (status == 429 && grpcStatus == NO_GRPC_STATUS) grpcStatus = RESOURCE_EXHAUSTED;
  const reason = encode(details);
  const answer = sendLocalResponse(
    status,
    dataOf(reason),
    sizeOf(reason),
    dataOf(body),
    sizeOf(body),
    dataOf(pairs),
    sizeOf(pairs),
    grpcStatus,
  );
  if (answer != Status.Ok) {
    unexpected("proxy_send_local_response", answer);
    return false;
  }
  const meter = activeMeter();
  if (meter !== null) meter.replied(status);
  handle.state = (handle.state | State.Replied) & ~(State.RequestPaused | State.ResponsePaused);
  return true;
}

/** Resets a stream: the client sees it broken off. */
export function resetStream(handle: ContextHandle): void {
  if (handle.state & State.Ended || !select(handle.id)) return;
  if (isShadowed()) return noteShadowed("reset", "the stream");
  const status = closeStream(StreamType.HttpRequest);
  if (status != Status.Ok) unexpected("proxy_close_stream", status);
}
