import { PeerType } from "../abi/enums";
import { enter, leave } from "../runtime/entry";
import { State, endStream } from "../runtime/handle";
import { activate, activeRoot, restore } from "./active";
import { beginSide, endSide, unknownStream } from "./sides";
import { RootContext } from "./root";
import { findContext, putContext } from "./table";
import { StreamContext } from "./tcp";

/** From the host's callbacks of a TCP connection to its context, as `dispatch-http.ts` does for HTTP streams. */

/** The connection's context, made now when this is its first callback; null when the number is not a connection's. */
function streamContext(id: u32): StreamContext | null {
  const handle = findContext(id);
  if (handle !== null && handle.state & State.Tcp) return changetype<StreamContext>(handle);
  if (handle === null || !(handle.state & State.Root) || handle.id == id) return null;
  return createStreamContext(id, changetype<RootContext>(handle));
}

/** Settings for certain requests do not apply: a connection has none. */
function createStreamContext(id: u32, root: RootContext): StreamContext {
  const outer = activeRoot();
  activate(root);
  const wanted = root.createStreamContext();
  const made = wanted !== null ? wanted : new StreamContext();
  made.id = id;
  made.root_ = root;
  putContext(id, made);
  made.onCreate();
  restore(outer);
  return made;
}

export function newConnection(id: u32): i32 {
  const entry = enter(id);
  const context = streamContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InRequest);
  return endSide(context, context.onNewConnection(), State.InRequest, outer, entry);
}

export function downstreamData(id: u32, size: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = streamContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InRequest);
  return endSide(context, context.onDownstreamData(size, endOfStream), State.InRequest, outer, entry);
}

export function upstreamData(id: u32, size: u32, endOfStream: bool): i32 {
  const entry = enter(id);
  const context = streamContext(id);
  if (context === null) return unknownStream(entry);
  const outer = beginSide(context, State.InResponse);
  return endSide(context, context.onUpstreamData(size, endOfStream), State.InResponse, outer, entry);
}

export function downstreamClosed(id: u32, peer: u32): void {
  const entry = enter(id);
  const context = streamContext(id);
  if (context !== null) {
    const outer = activeRoot();
    activate(context.root_);
    context.onDownstreamClose(<PeerType>peer);
    restore(outer);
  }
  leave(entry);
}

export function upstreamClosed(id: u32, peer: u32): void {
  const entry = enter(id);
  const context = streamContext(id);
  if (context !== null) {
    const outer = activeRoot();
    activate(context.root_);
    context.onUpstreamClose(<PeerType>peer);
    restore(outer);
  }
  leave(entry);
}

/** A connection is over. */
export function connectionLogged(id: u32): void {
  const entry = enter(id);
  const context = streamContext(id);
  if (context !== null) {
    const outer = activeRoot();
    activate(context.root_);
    endStream(context);
    context.onLog();
    restore(outer);
  }
  leave(entry);
}
