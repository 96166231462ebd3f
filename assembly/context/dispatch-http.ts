import { enter, leave } from "../runtime/entry";
import { State, endStream } from "../runtime/handle";
import { activate, activeRoot, restore } from "./active";
import { HttpContext } from "./http";
import { RootContext } from "./root";
import { beginSide, endSide, unknownStream } from "./sides";
import { findContext, putContext } from "./table";

/**
 * From the host's callbacks of an HTTP stream to its context. `resume` within a callback is weighed against what the
 * callback answers, so that a message neither waits for ever nor goes on twice.
 */

/**
 * The HTTP context with this number, made now when this is the stream's first callback. Null when there is none: the
 * number is unknown, or belongs to something else. Call it with the stream entered.
 */
export function httpContext(id: u32): HttpContext | null {
  const handle = findContext(id);
  if (handle !== null && handle.state & State.Http) return changetype<HttpContext>(handle);
  if (handle === null || !(handle.state & State.Root) || handle.id == id) return null;
  return createHttpContext(id, changetype<RootContext>(handle));
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

/** Takes away what a new stream's client must not send. */
function guardRequest(id: u32): void {
  const handle = findContext(id);
  if (handle === null || !(handle.state & State.Root) || handle.id == id) return;
  const guard = changetype<RootContext>(handle).guard_;
  if (guard !== null) guard.strip();
}

export function requestHeaders(id: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  guardRequest(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InRequest);
  return endSide(context, context.onRequestHeaders(endOfStream), State.InRequest, outer, entry);
}

export function requestBody(id: u32, size: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InRequest);
  return endSide(context, context.onRequestBody(size, endOfStream), State.InRequest, outer, entry);
}

export function requestTrailers(id: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InRequest);
  return endSide(context, context.onRequestTrailers(), State.InRequest, outer, entry);
}

export function responseHeaders(id: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InResponse);
  return endSide(context, context.onResponseHeaders(endOfStream), State.InResponse, outer, entry);
}

export function responseBody(id: u32, size: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InResponse);
  return endSide(context, context.onResponseBody(size, endOfStream), State.InResponse, outer, entry);
}

export function responseTrailers(id: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InResponse);
  return endSide(context, context.onResponseTrailers(), State.InResponse, outer, entry);
}

/** Metadata came with the request; nothing can be answered but that it goes on. */
export function requestMetadata(id: u32, elements: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = activeRoot();
  activate(context.root_);
  context.onRequestMetadata(elements);
  restore(outer);
  leave(entry);
  return 0;
}

/** As `requestMetadata`, with the response. */
export function responseMetadata(id: u32, elements: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknownStream(entry);
  const outer = activeRoot();
  activate(context.root_);
  context.onResponseMetadata(elements);
  restore(outer);
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
