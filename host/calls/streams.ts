import { Status, StreamType } from "../enums.js";
import { HeaderMap } from "../header-map.js";
import { decodePairs } from "../pairs.js";
import type { Access, Hostcalls } from "./access.js";

/** Whether a stream goes on, ends, or is answered. What these ask for is done when the callback has returned. */
export function streamCalls(access: Access): Hostcalls {
  const go = (type: StreamType) => access.context?.continueStream(type) ?? Status.Ok;
  return {
    proxy_continue_stream: (type: StreamType) => (type in StreamType ? go(type) : Status.BadArgument),
    proxy_close_stream: (type: StreamType) =>
      type in StreamType ? (access.context?.closeStream(type) ?? Status.Ok) : Status.BadArgument,
    /** ABI 0.1.0. */
    proxy_continue_request: () => go(StreamType.HttpRequest),
    /** ABI 0.1.0. */
    proxy_continue_response: () => go(StreamType.HttpResponse),
    proxy_send_local_response: (
      status: number,
      details: number,
      detailsSize: number,
      body: number,
      bodySize: number,
      headers: number,
      headersSize: number,
      grpcStatus: number,
    ) => {
      const reason = access.text(details, detailsSize);
      const bytes = access.read(body, bodySize);
      const block = access.read(headers, headersSize);
      if (reason === undefined || bytes === undefined || block === undefined) {
        return Status.InvalidMemoryAccess;
      }
      access.context?.sendLocalReply({
        status,
        headers: new HeaderMap(decodePairs(block)).list,
        body: bytes,
        details: reason.replace(/\s/g, "_"),
        ...(grpcStatus >= 0 && grpcStatus <= 16 && { grpcStatus }),
      });
      access.vm.stopNextIteration();
      return Status.Ok;
    },
  };
}
