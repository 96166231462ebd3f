/** What becomes of a message after one of its headers callbacks. */
export enum HeadersAction {
  /** The headers go on. */
  Continue = 0,
  /**
   * The message waits, and its body and trailers with it, until `resume()` or a local reply.
   * (Envoy: StopAllIterationAndWatermark; with `allow_on_headers_stop_iteration` StopIteration, and body callbacks come.)
   */
  Pause = 1,
}

/** What becomes of a message after one of its body callbacks. */
export enum BodyAction {
  /** What the body now holds goes on. */
  Continue = 0,
  /**
   * What came is kept, and the next callback sees it together with what comes then. Over the host's buffer limit the
   * host answers itself. (Envoy: StopIterationAndBuffer)
   */
  Pause = 1,
}

/** What becomes of a message after one of its trailers callbacks. */
export enum TrailersAction {
  /** The trailers go on, and the message ends. */
  Continue = 0,
  /** The trailers wait until `resume()` or a local reply. (Envoy: StopIteration) */
  Pause = 1,
}
