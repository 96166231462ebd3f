import { StreamType } from "../abi/enums";
import { ContextHandle, State } from "../runtime/handle";
import { Body, requestBodyOf, responseBodyOf } from "./body";
import {
  Headers,
  requestHeadersOf,
  requestTrailersOf,
  responseHeadersOf,
  responseTrailersOf,
} from "./headers";
import { resumeStream } from "./resume";

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
