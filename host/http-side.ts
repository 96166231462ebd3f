import { BodyBuffer } from "./body-buffer.js";
import { HeaderMap } from "./header-map.js";

/** Why a message waits. */
export type Waiting =
  /** It does not. */
  | "no"
  /** Its headers, and everything behind them: the filter sees no body until it goes on. */
  | "all"
  /** Its headers; the body callbacks come. */
  | "headers"
  /** Its body: what comes is added to it, and the filter sees all of it each time. */
  | "body"
  /** Its trailers. */
  | "trailers";

/** One direction of an HTTP stream as the filter sees it, and what has gone on. */
export class HttpSide {
  headers = new HeaderMap();
  trailers: HeaderMap | undefined;
  readonly body = new BodyBuffer();
  waiting: Waiting = "no";
  /** Whether the body is kept from call to call, so that the filter sees all of it. */
  buffering = false;
  /** What came while everything waits, which the filter has yet to see. */
  unseen: { bytes: Uint8Array; end: boolean }[] = [];
  unseenTrailers: HeaderMap | undefined;
  started = false;
  headersSent = false;
  /** Whether the end of the message has come from its sender. */
  ended = false;
  /** Whether a callback sees the headers, the body or the trailers now. */
  visible: "headers" | "body" | "trailers" | undefined;

  /** What went on in the call that is under way. */
  released = { headers: false, body: [] as Uint8Array[], trailers: false, end: false };

  beginCall(): void {
    this.released = { headers: false, body: [], trailers: false, end: false };
  }
}
