import { contextEnded, enter, leave, unwatch } from "../runtime/entry";
import { ContextHandle, State, endStream } from "../runtime/handle";
import { activate, activeRoot, forget, restore } from "./active";
import { Context } from "./context";
import { streamLogged } from "./dispatch-http";
import { connectionLogged } from "./dispatch-tcp";
import { HttpContext } from "./http";
import { registeredPlugin } from "./register";
import { RootContext } from "./root";
import { StreamContext } from "./tcp";
import { beginStream, findContext, putContext, takeContext } from "./table";

/**
 * From the host's callbacks of a context's life to the context. Those of its streams are in `dispatch-http.ts`.
 *
 * A callback for a context that is not there answers with the neutral value at once: Envoy calls for a root that could
 * not be made, and for streams that ended within a hostcall.
 */

/** What a root context is told, together with those of its overrides. */
enum RootEvent {
  Done,
  Log,
  Delete,
}

/** The root context with this number; null when there is none. */
export function findRoot(id: u32): RootContext | null {
  const handle = findContext(id);
  return handle !== null && isRootOf(handle, id) ? changetype<RootContext>(handle) : null;
}

/** Whether the table's entry for a number is a root itself, not the parent of a stream that has yet to be made. */
// @ts-ignore: decorator
@inline
function isRootOf(handle: ContextHandle, id: u32): bool {
  return (handle.state & State.Root) != 0 && handle.id == id;
}

/**
 * A context begins. A root is made by the plugin's factory; a stream is entered under its root, and its own context
 * made at its first callback, when the request is there to choose the settings by.
 */
export function contextCreated(id: u32, parent: u32): void {
  if (parent == 0) return createRoot(id);
  const root = findRoot(parent);
  if (root !== null) beginStream(id, root);
}

function createRoot(id: u32): void {
  const entry = enter(id);
  const outer = activeRoot();
  const plugin = registeredPlugin();
  if (plugin !== null) {
    const root = plugin.create();
    root.id = id;
    root.plugin_ = plugin;
    putContext(id, root);
    activate(root);
    root.onCreate();
  }
  restore(outer);
  leave(entry);
}

/** The period of a root's ticks has passed. */
export function ticked(id: u32): void {
  const root = findRoot(id);
  if (root === null) return;
  const entry = enter(id);
  const outer = activeRoot();
  root.busy_ = true;
  fire(root);
  const variants = root.variants_;
  if (variants !== null) {
    for (let i = 0; i < variants.length; i++) {
      const variant = variants.at(i);
      if (variant !== null) fire(variant);
    }
  }
  root.busy_ = false;
  rearm(root, true);
  restore(outer);
  leave(entry);
}

function fire(root: RootContext): void {
  const scheduler = root.scheduler_;
  if (scheduler !== null) scheduler.fire(root);
}

/** Sets the host's timer anew where there are timers, in the root or in one of its overrides. */
export function rearm(root: RootContext, ticking: bool): void {
  let scheduler = root.scheduler_;
  const variants = root.variants_;
  if (variants !== null) {
    for (let i = 0; i < variants.length && scheduler === null; i++) {
      const variant = variants.at(i);
      if (variant !== null) scheduler = variant.scheduler_;
    }
  }
  if (scheduler !== null) scheduler.arm(root, ticking);
}

/** A context is about to end. True lets a root go. */
export function contextDone(id: u32): bool {
  const handle = findContext(id);
  if (handle === null) return true;
  if (isRootOf(handle, id)) return tell(changetype<RootContext>(handle), RootEvent.Done);
  // A stream that no callback came for has no context of its own.
  if (handle.id != id) return true;
  const entry = enter(id);
  const outer = activeRoot();
  activate(changetype<Context>(handle).root_);
  endStream(handle);
  if (handle.state & State.Http) changetype<HttpContext>(handle).onDone();
  else changetype<StreamContext>(handle).onDone();
  restore(outer);
  leave(entry);
  return true;
}

/** A root's end, or that of a stream, is logged. */
export function contextLogged(id: u32): void {
  const handle = findContext(id);
  if (handle === null) return;
  if (isRootOf(handle, id)) tell(changetype<RootContext>(handle), RootEvent.Log);
  else if (handle.state & State.Tcp) connectionLogged(id);
  else streamLogged(id);
}

/** A context is gone. */
export function contextDeleted(id: u32): void {
  const handle = takeContext(id);
  if (handle === null) return;
  contextEnded(id);
  if (isRootOf(handle, id)) {
    tell(changetype<RootContext>(handle), RootEvent.Delete);
    return;
  }
  // A stream that no callback came for has no context of its own.
  if (handle.id != id) return;
  endStream(handle);
  const context = changetype<Context>(handle);
  const root = context.root_;
  // @ts-ignore: the transform defines the constant where a stream overrides `onDelete`
  const isTold = isDefined(APW_STREAMS_ARE_TOLD);
  // Most streams leave nothing behind, and are not told.
  if (isTold || context.pending_ !== null || (root !== null && root.meter_ !== null))
    streamDeleted(context, root);
}

function streamDeleted(context: Context, root: RootContext | null): void {
  const entry = enter(context.id);
  const outer = activeRoot();
  activate(root);
  if (context.state & State.Http) changetype<HttpContext>(context).onDelete();
  else changetype<StreamContext>(context).onDelete();
  const pending = context.pending_;
  if (pending !== null) pending.orphan(root);
  if (root !== null) {
    const meter = root.meter_;
    if (meter !== null) meter.ended(context);
  }
  restore(outer);
  leave(entry);
}

/** Tells a root, then those of its overrides. False when one of them is not done. */
function tell(root: RootContext, event: RootEvent): bool {
  const entry = enter(root.id);
  const outer = activeRoot();
  let done = tellOne(root, event);
  const variants = root.variants_;
  if (variants !== null) {
    for (let i = 0; i < variants.length; i++) {
      const variant = variants.at(i);
      if (variant !== null && !tellOne(variant, event)) done = false;
    }
  }
  restore(outer);
  if (event == RootEvent.Delete) forget(root);
  leave(entry);
  return done;
}

function tellOne(root: RootContext, event: RootEvent): bool {
  activate(root);
  if (event == RootEvent.Done) return root.onDone();
  if (event == RootEvent.Log) root.onLog();
  else {
    root.onDelete();
    unwatch(root.meter_);
    const pending = root.pending_;
    if (pending !== null) pending.drop();
  }
  return true;
}
