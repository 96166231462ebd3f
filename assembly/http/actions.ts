/**
 * What becomes of a message after one of its headers callbacks. `Continue` and `Pause` are what plugins need; the rest is
 * for Envoy alone, which has more ways to wait. (cpp-host, `FilterHeadersStatus`; its `ContinueAndEndStream`, 2, is taken
 * for `Continue` by Envoy and is left out.)
 */
export enum HeadersAction {
  /** The headers go on. */
  Continue = 0,
  /**
   * The message waits, and its body and trailers with it, until `resume()` or a local reply. The peer is told to send no
   * more once the host's buffer is full. (Envoy: StopAllIterationAndWatermark. With `allow_on_headers_stop_iteration` in
   * the filter's configuration it is StopIteration: the headers wait, the body callbacks come.)
   */
  Pause = 1,
  /** As `Pause`, but a body over the buffer limit is answered with 413 or 500. (Envoy: StopAllIterationAndBuffer) */
  PauseAndBuffer = 3,
  /** As `Pause`, whatever the filter's configuration says. (Envoy: StopAllIterationAndWatermark) */
  PauseAll = 4,
}

/**
 * What becomes of a message after one of its body callbacks. `Continue` and `Pause` are what plugins need.
 * (cpp-host, `FilterDataStatus`)
 */
export enum BodyAction {
  /** What the body now holds goes on. */
  Continue = 0,
  /**
   * What came is kept, and the next callback sees it together with what comes then. Over the host's buffer limit the
   * host answers itself, with 413 or 500. (Envoy: StopIterationAndBuffer)
   */
  Pause = 1,
  /**
   * As `Pause`, but the peer is told to send no more once the buffer is full, so that a message longer than the buffer
   * waits until `resume()`. (Envoy: StopIterationAndWatermark)
   */
  PauseAndWatermark = 2,
  /**
   * Nothing goes on, and the host keeps nothing of what came: the plugin has taken it, or drops it. The next callback
   * sees only what comes then. (Envoy: StopIterationNoBuffer)
   */
  PauseWithoutBuffer = 3,
}

/** What becomes of a message after one of its trailers callbacks. (cpp-host, `FilterTrailersStatus`) */
export enum TrailersAction {
  /** The trailers go on, and the message ends. */
  Continue = 0,
  /** The trailers wait until `resume()` or a local reply. (Envoy: StopIteration) */
  Pause = 1,
}
