/**
 * What every context has in common for the SDK: the host's number for it, and what is known of its state.
 * The classes that users derive from extend it, and `HttpRequest` and `HttpResponse` are views of the same object.
 */
export class ContextHandle {
  /** The host's number for the context. 0 while its constructor runs. */
  id: u32 = 0;
  /** For the SDK: `State` bits. */
  state: u32 = 0;
}

/** What the SDK knows of a context, as bits of `ContextHandle.state`. */
export namespace State {
  /** A root context. */
  export const Root: u32 = 1;
  /** An HTTP stream. */
  export const Http: u32 = 2;
  /** A callback of the request (or of the downstream side) is under way. */
  export const InRequest: u32 = 1 << 4;
  /** A callback of the response (or of the upstream side) is under way. */
  export const InResponse: u32 = 1 << 5;
  /** The request waits for `resume`. */
  export const RequestPaused: u32 = 1 << 6;
  /** The response waits for `resume`. */
  export const ResponsePaused: u32 = 1 << 7;
  /** `resume` was called in the very callback that is about to pause the request. */
  export const RequestResumed: u32 = 1 << 8;
  /** `resume` was called in the very callback that is about to pause the response. */
  export const ResponseResumed: u32 = 1 << 9;
  /** A local reply is on its way. */
  export const Replied: u32 = 1 << 10;

  /** From a bit of the request to the one of the response. */
  export const ToResponse: u32 = 1;
}
