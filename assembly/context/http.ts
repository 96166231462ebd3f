import { BodyAction, HeadersAction, TrailersAction } from "../http/actions";
import { HttpRequest, HttpResponse } from "../http/message";
import { NO_GRPC_STATUS, resetStream, sendReply, sendReplyBlock } from "../http/reply";
import { currentContext, makeCurrent } from "../runtime/entry";
import { State } from "../runtime/handle";
import { Slice, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { writeAudit } from "./audit";
import { Context } from "./context";

/**
 * One HTTP stream: a request and its response. A plugin derives from it, overrides what it wants to hear of, and
 * makes one in `RootContext.createHttpContext`.
 *
 *     client -> onRequestHeaders -> onRequestBody* -> onRequestTrailers -> upstream
 *     client <- onResponseTrailers <- onResponseBody* <- onResponseHeaders <- upstream
 *     then onLog, onDone, onDelete
 *
 * Callbacks that no plugin of the module overrides are left out of the module, and the host then never calls them.
 * A stream that is reset or answered locally skips what it did not reach: a response can come without a request body,
 * and `onLog` to a stream that saw no headers at all.
 */
export class HttpContext extends Context {
  constructor() {
    super();
    this.state = State.Http;
  }

  /** The request, as far as it has come. */
  get request(): HttpRequest {
    return changetype<HttpRequest>(this);
  }

  /** The response, as far as it has come. */
  get response(): HttpResponse {
    return changetype<HttpResponse>(this);
  }

  /**
   * The request's headers are here; its body and trailers are not.
   *
   * This is the last moment before the upstream sees them: read and change them through `this.request.headers`.
   * `endOfStream` is true when neither body nor trailers follow.
   * `Pause` holds the request, and with it the body callbacks, until `this.request.resume()` or a local reply.
   * (ABI 0.2.1, `proxy_on_request_headers`)
   */
  onRequestHeaders(endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }

  /**
   * A part of the request's body is here; `size` counts the bytes that `this.request.body` holds, those kept by an
   * earlier `Pause` included. `endOfStream` is true for the last part, unless trailers follow.
   * (ABI 0.2.1, `proxy_on_request_body`)
   */
  onRequestBody(size: u32, endOfStream: bool): BodyAction {
    return BodyAction.Continue;
  }

  /** The request's trailers are here, and the request is complete. (ABI 0.2.1, `proxy_on_request_trailers`) */
  onRequestTrailers(): TrailersAction {
    return TrailersAction.Continue;
  }

  /**
   * The response's headers are here: the upstream's, or those of a local reply. The last moment before the client sees
   * them. `Pause` holds the response until `this.response.resume()`. (ABI 0.2.1, `proxy_on_response_headers`)
   */
  onResponseHeaders(endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }

  /** A part of the response's body is here; as `onRequestBody`. (ABI 0.2.1, `proxy_on_response_body`) */
  onResponseBody(size: u32, endOfStream: bool): BodyAction {
    return BodyAction.Continue;
  }

  /** The response's trailers are here, and the response is complete. (ABI 0.2.1, `proxy_on_response_trailers`) */
  onResponseTrailers(): TrailersAction {
    return TrailersAction.Continue;
  }

  /**
   * Metadata came with the request (HTTP/2's METADATA frames, where the host is told to take them); the ABI has no way
   * to read or hold it. (cpp-host, `proxy_on_request_metadata`)
   */
  onRequestMetadata(elements: u32): void {}

  /** As `onRequestMetadata`, with the response. (cpp-host, `proxy_on_response_metadata`) */
  onResponseMetadata(elements: u32): void {}

  /**
   * The stream is over: headers and properties can be read for the last time. Envoy calls it before `onDone`.
   * (ABI 0.2.1, `proxy_on_log`)
   */
  onLog(): void {}

  /** The host is about to drop the stream. (ABI 0.2.1, `proxy_on_done`; a stream's answer is ignored) */
  onDone(): void {}

  /** The stream is gone: nothing of it can be read or changed. (ABI 0.2.1, `proxy_on_delete`) */
  onDelete(): void {}

  /**
   * Answers the request without the upstream, once the callback has returned; what the callback answers then does not
   * matter. Works until response headers have gone to the client. The response callbacks run for it as for any other.
   *
   * `status` is the HTTP status, `headers` are `[[name, value], ...]`, `details` appear in Envoy's access log
   * (`%RESPONSE_CODE_DETAILS%`). `grpcStatus` (0 to 16) is sent to gRPC clients; -1 derives it from `status`: 16 from
   * 401, 7 from 403, 8 from 429, 14 from 502 to 504.
   *
   * False when nothing is sent: the stream is over (`onLog` and what follows), the plugin runs in shadow mode, the headers cannot be sent, or a
   * callback of another stream runs, which Envoy would hold too: answer a stream in its own callbacks, or in ticks, in
   * answers to calls and the like. The log says why. (ABI 0.2.1, `proxy_send_local_response`)
   */
  sendLocalReply(
    status: u32,
    body: string = "",
    headers: string[][] = [],
    details: string = "",
    grpcStatus: i32 = NO_GRPC_STATUS,
  ): bool {
    return sendReply(this, status, headers, encode(body), details, grpcStatus);
  }

  /** As `sendLocalReply`, with a body that need not be text. */
  sendLocalReplyBytes(
    status: u32,
    body: Uint8Array,
    headers: string[][] = [],
    details: string = "",
    grpcStatus: i32 = NO_GRPC_STATUS,
  ): bool {
    return sendReply(this, status, headers, sliceOf(body), details, grpcStatus);
  }

  /**
   * As `sendLocalReply`, with fields that are a block already (`FieldBlock`), and a body that need not be an array's:
   * nothing is copied but by the host.
   */
  sendLocalReplyBlock(status: u32, fields: Slice, body: Slice, details: string = ""): bool {
    return sendReplyBlock(this, status, fields, body, details);
  }

  /**
   * Notes a denial, or that somebody was let past a rule, for `audit_logging: true`; without that nothing happens.
   * `decision` says what came of it (`deny`, `bypass`), `rule` which rule of the configuration it was, `reason` why.
   * Secrets do not belong here: credentials, tokens, `authorization`, `cookie`.
   */
  audit(decision: string, rule: string, reason: string): void {
    const root = this.root_;
    if (root === null || !root.auditLogging_) return;
    const running = currentContext();
    makeCurrent(this.id);
    writeAudit(decision, rule, reason);
    makeCurrent(running);
  }

  /** Whether a local reply was sent for this stream. */
  get replied(): bool {
    return (this.state & State.Replied) != 0;
  }

  /** Whether the stream is over: its client has its answer, or left. What a service still says of it comes too late. */
  get isOver(): bool {
    return (this.state & State.Ended) != 0;
  }

  /** Whether the plugin is in shadow mode for this stream: nothing it does changes anything, so it need not wait. */
  get isShadow(): bool {
    const root = this.root_;
    return root !== null && root.shadow_;
  }

  /** Breaks the stream off, once the callback has returned: the client sees a reset. (ABI 0.2.1, `proxy_close_stream`) */
  reset(): void {
    resetStream(this);
  }
}
