import { StreamType } from "../abi/enums";
import { Status } from "../abi/status";
import { continueStream } from "../abi/streams";
import { select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { ContextHandle, State } from "../runtime/handle";
import { Body, requestBodyOf, responseBodyOf } from "./body";
import {
  Headers,
  requestHeadersOf,
  requestTrailersOf,
  responseHeadersOf,
  responseTrailersOf,
} from "./headers";

/** The request of an HTTP stream, on its way from the client to the upstream. */
@final
export class HttpRequest extends ContextHandle {
  /**
   * Its headers, pseudo-fields such as `:method` and `:path` included: in `onRequestHeaders`, for as long as that has
   * them wait, and again in `onLog`. Later callbacks do not have them in Envoy: keep what they need in fields.
   */
  get headers(): Headers {
    return requestHeadersOf(this.id);
  }

  /** Its trailers, in `onRequestTrailers`; in `onRequestBody` at the end of the stream they can be added. */
  get trailers(): Headers {
    return requestTrailersOf(this.id);
  }

  /** Its body, in `onRequestBody`. */
  get body(): Body {
    return requestBodyOf(this.id);
  }

  /** Lets the request go on after a callback has answered `Pause`. Without effect when it does not wait. */
  resume(): void {
    resumeStream(this, State.RequestPaused, StreamType.HttpRequest);
  }
}

/** The response of an HTTP stream, on its way from the upstream (or a local reply) to the client. */
@final
export class HttpResponse extends ContextHandle {
  /** Its headers, `:status` included. */
  get headers(): Headers {
    return responseHeadersOf(this.id);
  }

  /** Its trailers, in `onResponseTrailers`; in `onResponseBody` at the end of the stream they can be added. */
  get trailers(): Headers {
    return responseTrailersOf(this.id);
  }

  /** Its body, in `onResponseBody`. */
  get body(): Body {
    return responseBodyOf(this.id);
  }

  /** Lets the response go on after a callback has answered `Pause`. Without effect when it does not wait. */
  resume(): void {
    resumeStream(this, State.ResponsePaused, StreamType.HttpResponse);
  }
}

/**
 * Asks the host to go on with what waits. In a callback of the message itself it only notes that there is nothing to
 * wait for, which the callback's answer then says: told both, Envoy passes the message on twice, and can crash of it
 * (1.40, response headers held and let go by the body callback). Where nothing waits the host is not asked either.
 */
function resumeStream(handle: ContextHandle, paused: u32, stream: StreamType): void {
  const state = handle.state;
  if (state & (paused >> 2)) {
    handle.state = state | (paused << 2);
  } else if (state & paused) {
    handle.state = state & ~paused;
    if (!select(handle.id)) return;
    const status = continueStream(stream);
    if (status != Status.Ok) unexpected("proxy_continue_stream", status);
  }
}
