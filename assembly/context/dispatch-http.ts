import { enter, enterHere, leave, leaveHere } from "../runtime/entry";
import { ContextHandle, State, endStream } from "../runtime/handle";
import { activate, activeRoot, restore } from "./active";
import { HttpContext } from "./http";
import { RootContext } from "./root";
import { beginSide, endSide } from "./sides";
import { findContextHere, putContext } from "./table";

/** From the host's callbacks of an HTTP stream to its context. */

/**
 * The HTTP context with this number, made now when this is the stream's first callback. Null when there is none: the
 * number is unknown, or belongs to something else. Call it with the stream entered.
 */
export function httpContext(id: u32): HttpContext | null {
  return contextFor(id, false);
}

/** As `httpContext`, where every nanosecond counts. `guards` takes away what a new stream's client must not send. */
// @ts-ignore: decorator
@inline
function contextFor(id: u32, guards: bool): HttpContext | null {
  const found = findContextHere(id);
  return found !== null && found.state & State.Http
    ? changetype<HttpContext>(found)
    : firstCalled(id, found, guards);
}

function firstCalled(id: u32, found: ContextHandle | null, guards: bool): HttpContext | null {
  if (found === null || !(found.state & State.Root) || found.id == id) return null;
  const root = changetype<RootContext>(found);
  const guard = root.guard_;
  if (guard !== null && guards) guard.strip();
  return createHttpContext(id, root);
}

function createHttpContext(id: u32, base: RootContext): HttpContext {
  const outer = activeRoot();
  activate(base);
  const variants = base.variants_;
  let root = variants === null ? base : variants.choose(base);
  let context: HttpContext | null = null;
  if (root !== null) {
    activate(root);
    context = root.createHttpContext();
  } else {
    context = base.createSkippedContext();
    if (context !== null) root = base;
  }
  // A stream that the plugin is switched off for, or does not want, has a context that does nothing.
  const made = context !== null ? context : new HttpContext();
  made.id = id;
  made.root_ = root;
  putContext(id, made);
  made.onCreate();
  restore(outer);
  return made;
}

/** The callbacks whose answer says whether a message goes on: those of the request before those of the response. */
export enum SideCallback {
  RequestHeaders,
  RequestBody,
  RequestTrailers,
  ResponseHeaders,
  ResponseBody,
  ResponseTrailers,
}

/** All of them in one function, so that what they share is there once and without calls: it runs most of all. */
export function sideCalled(id: u32, callback: SideCallback, size: u32, endOfStream: bool): i32 {
  const entry = enterHere(id);
  const context = contextFor(id, callback == SideCallback.RequestHeaders);
  let action: i32 = 0;
  if (context !== null) {
    const settings = activeRoot();
    activate(context.root_);
    const side = callback < SideCallback.ResponseHeaders ? State.InRequest : State.InResponse;
    const deciding = beginSide(context, side);
    switch (callback) {
      case SideCallback.RequestHeaders:
        action = context.onRequestHeaders(endOfStream);
        break;
      case SideCallback.RequestBody:
        action = context.onRequestBody(size, endOfStream);
        break;
      case SideCallback.RequestTrailers:
        action = context.onRequestTrailers();
        break;
      case SideCallback.ResponseHeaders:
        action = context.onResponseHeaders(endOfStream);
        break;
      case SideCallback.ResponseBody:
        action = context.onResponseBody(size, endOfStream);
        break;
      case SideCallback.ResponseTrailers:
        action = context.onResponseTrailers();
    }
    action = endSide(context, action, side, deciding);
    restore(settings);
  }
  leaveHere(entry);
  return action;
}

/** Metadata came with the request; nothing can be answered but that it goes on. */
export function requestMetadata(id: u32, elements: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context !== null) {
    const outer = activeRoot();
    activate(context.root_);
    context.onRequestMetadata(elements);
    restore(outer);
  }
  leave(entry);
  return 0;
}

/** As `requestMetadata`, with the response. */
export function responseMetadata(id: u32, elements: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context !== null) {
    const outer = activeRoot();
    activate(context.root_);
    context.onResponseMetadata(elements);
    restore(outer);
  }
  leave(entry);
  return 0;
}

/** A stream is over. */
export function streamLogged(id: u32): void {
  const entry = enter(id);
  const context = httpContext(id);
  if (context !== null) {
    const outer = activeRoot();
    activate(context.root_);
    endStream(context);
    context.onLog();
    restore(outer);
  }
  leave(entry);
}
