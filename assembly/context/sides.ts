import { Entry, beginDeciding, endDeciding, leave } from "../runtime/entry";
import { State } from "../runtime/handle";
import { isShadowed } from "../runtime/shadow";
import { activate, activeRoot, restore } from "./active";
import { Context } from "./context";
import { RootContext } from "./root";

/**
 * The two sides of a stream, request and response or downstream and upstream, each with callbacks whose answer can have
 * it wait.
 */

/** Notes which side's callback is under way, and lets the settings of its root hold. */
export function beginSide(context: Context, side: u32): RootContext | null {
  const outer = activeRoot();
  activate(context.root_);
  context.state |= side;
  beginDeciding(context.id);
  return outer;
}

/** Notes whether the side now waits, and gives the host its answer. */
export function endSide(
  context: Context,
  action: i32,
  side: u32,
  outer: RootContext | null,
  entry: Entry,
): i32 {
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
  endDeciding();
  restore(outer);
  leave(entry);
  return action;
}

/** The answer to a callback of a stream that is not there. */
export function unknownStream(entry: Entry): i32 {
  leave(entry);
  return 0;
}
