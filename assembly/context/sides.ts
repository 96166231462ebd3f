import { beginDeciding, endDeciding } from "../runtime/entry";
import { State } from "../runtime/handle";
import { isShadowed } from "../runtime/shadow";
import { Context } from "./context";

/**
 * The two sides of a stream, request and response or downstream and upstream, each with callbacks whose answer can have
 * it wait. `resume` within such a callback is weighed against what the callback answers, so that a message neither waits
 * for ever nor goes on twice.
 */

/** Notes which side's callback is under way; what comes back is for `endSide`. */
// @ts-ignore: decorator
@inline
export function beginSide(context: Context, side: u32): u32 {
  context.state |= side;
  return beginDeciding(context.id);
}

/** Notes whether the side now waits, and returns what the host is to be told. */
// @ts-ignore: decorator
@inline
export function endSide(context: Context, action: i32, side: u32, outer: u32): i32 {
  endDeciding(outer);
  const state = context.state;
  const answer = action == 0 || state & (side << 4) || isShadowed() ? 0 : action;
  let ended = state & ~(side | (side << 4));
  if (answer == 0) ended &= ~(side << 2);
  else if (!(state & State.Replied) || side == State.InResponse) ended |= side << 2;
  context.state = ended;
  return answer;
}
