import { PeerType } from "../abi/enums";
import { enter, enterHere, leave, leaveHere } from "../runtime/entry";
import { State, endStream } from "../runtime/handle";
import { activate, activeRoot, restore } from "./active";
import { beginSide, endSide } from "./sides";
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

/** The callbacks whose answer says whether the data goes on: those of downstream before that of upstream. */
export enum SideCallback {
  NewConnection,
  DownstreamData,
  UpstreamData,
}

/** All of them in one function, as for HTTP. */
export function sideCalled(id: u32, callback: SideCallback, size: u32, endOfStream: bool): i32 {
  const entry = enterHere(id);
  const context = streamContext(id);
  let action: i32 = 0;
  if (context !== null) {
    const settings = activeRoot();
    activate(context.root_);
    const side = callback == SideCallback.UpstreamData ? State.InResponse : State.InRequest;
    const deciding = beginSide(context, side);
    switch (callback) {
      case SideCallback.NewConnection:
        action = context.onNewConnection();
        break;
      case SideCallback.DownstreamData:
        action = context.onDownstreamData(size, endOfStream);
        break;
      case SideCallback.UpstreamData:
        action = context.onUpstreamData(size, endOfStream);
    }
    action = endSide(context, action, side, deciding);
    restore(settings);
  }
  leaveHere(entry);
  return action;
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
