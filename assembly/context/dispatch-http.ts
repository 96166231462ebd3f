import { Entry, enter, leave } from "../runtime/entry";
import { State } from "../runtime/handle";
import { isShadowed } from "../runtime/shadow";
import { activate, activeRoot, restore } from "./active";
import { HttpContext } from "./http";
import { RootContext } from "./root";
import { findContext, putContext } from "./table";

/**
 * From the host's callbacks of an HTTP stream to its context. `resume` within a callback is weighed against what the
 * callback answers, so that a message neither waits for ever nor goes on twice.
 */

/**
 * The HTTP context with this number, made now when this is the stream's first callback. Null when there is none: the
 * number is unknown, or belongs to something else. Call it with the stream entered.
 */
// @ts-ignore: decorator
@inline
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
  const root = variants === null ? base : variants.choose(base);
  let context: HttpContext | null = null;
  if (root !== null) {
    activate(root);
    context = root.createHttpContext();
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

/** Notes which side's callback is under way, and lets the settings of its root hold. */
// @ts-ignore: decorator
@inline
function begin(context: HttpContext, side: u32): RootContext | null {
  const outer = activeRoot();
  activate(context.root_);
  context.state |= side;
  return outer;
}

/** Notes whether the side now waits, and gives the host its answer. */
// @ts-ignore: decorator
@inline
function end(context: HttpContext, action: i32, side: u32, outer: RootContext | null, entry: Entry): i32 {
  const paused = side << 2;
  const resumed = side << 4;
  let state = context.state;
  if (action == 0 || state & resumed || isShadowed()) {
    action = 0;
    state &= ~paused;
  } else if (!(state & State.Replied) || side == State.InResponse) {
    state |= paused;
  }
  context.state = state & ~(side | resumed);
  restore(outer);
  leave(entry);
  return action;
}

/** The answer to a callback of a stream that is not there. */
function unknown(entry: Entry): i32 {
  leave(entry);
  return 0;
}

export function requestHeaders(id: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknown(entry);
  const outer = begin(context, State.InRequest);
  return end(context, context.onRequestHeaders(endOfStream), State.InRequest, outer, entry);
}

export function requestBody(id: u32, size: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknown(entry);
  const outer = begin(context, State.InRequest);
  return end(context, context.onRequestBody(size, endOfStream), State.InRequest, outer, entry);
}

export function requestTrailers(id: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknown(entry);
  const outer = begin(context, State.InRequest);
  return end(context, context.onRequestTrailers(), State.InRequest, outer, entry);
}

export function responseHeaders(id: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknown(entry);
  const outer = begin(context, State.InResponse);
  return end(context, context.onResponseHeaders(endOfStream), State.InResponse, outer, entry);
}

export function responseBody(id: u32, size: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknown(entry);
  const outer = begin(context, State.InResponse);
  return end(context, context.onResponseBody(size, endOfStream), State.InResponse, outer, entry);
}

export function responseTrailers(id: u32): i32 {
  const entry = enter(id);
  const context = httpContext(id);
  if (context === null) return unknown(entry);
  const outer = begin(context, State.InResponse);
  return end(context, context.onResponseTrailers(), State.InResponse, outer, entry);
}

/** A stream is over. */
export function streamLogged(id: u32): void {
  const entry = enter(id);
  const context = httpContext(id);
  if (context !== null) {
    const outer = activeRoot();
    activate(context.root_);
    context.onLog();
    restore(outer);
  }
  leave(entry);
}
