import { setEffectiveContext } from "../abi/contexts";
import { Status } from "../abi/status";
import { allocateInArena, resetArena } from "./arena";
import { collectIfDue, isCollectionWanted } from "./collector";
import { unexpected } from "./failure";
import { Meter } from "./meter";

/**
 * Who is being called. Hosts call into the module while a hostcall of it is under way (a local reply runs the
 * response callbacks, a body that outgrows its limit ends the context), so every callback is counted in and out,
 * and each finds what it had when the inner ones are done.
 */

/** What a callback must put back when it ends. */
export type Entry = u64;

let depth: i32 = 0;

/** The context whose callback runs; 0 outside of callbacks. */
let current: u32 = 0;

/** The context that the host lets hostcalls act on: the current one, until `select` asks for another. */
let effective: u32 = 0;

/** Whether the effective context has ended, which it can within a hostcall of its own. */
let gone: bool = false;

/** Contexts that ended while callbacks were under way: a list in the arena, each with the address of the one before. */
let goneIds: usize = 0;

/** The stream whose callback is to tell the host whether it goes on, the innermost of them; 0 when there is none. */
let deciding: u32 = 0;

/** What measures how long callbacks take; null where nothing does. */
let watch: Meter | null = null;

/** Has callbacks measured from now on; null for no more. */
export function watchWith(meter: Meter | null): void {
  watch = meter;
}

/** Ends that, where it is this one that measures. */
export function unwatch(meter: Meter | null): void {
  if (watch === meter) watch = null;
}

/** A callback of a context begins. */
export function enter(context: u32): Entry {
  return enterHere(context);
}

/** As `enter`, where every nanosecond counts. */
// @ts-ignore: decorator
@inline
export function enterHere(context: u32): Entry {
  const outer = (<u64>current) | ((<u64>effective) << 32);
  const outermost = depth == 0;
  depth += 1;
  current = context;
  effective = context;
  // When the outermost begins nothing has ended.
  if (!outermost) gone = hasEnded(context);
  else if (watch !== null) startWatch();
  return outer;
}

function startWatch(): void {
  const meter = watch;
  if (meter !== null) meter.start();
}

/** A callback ends. When it was the outermost, the arena is emptied, and garbage collected if that is due. */
export function leave(outer: Entry): void {
  leaveHere(outer);
}

/** As `leave`, where every nanosecond counts. */
// @ts-ignore: decorator
@inline
export function leaveHere(outer: Entry): void {
  const ran = current;
  const left = depth - 1;
  depth = left;
  current = <u32>outer;
  effective = <u32>(outer >> 32);
  if (left != 0) {
    gone = hasEnded(effective);
  } else {
    resetArena();
    if (goneIds != 0 || watch !== null || isCollectionWanted()) settle(ran);
  }
}

/** The outermost callback ended, and there is more to be done than there mostly is. */
function settle(ran: u32): void {
  goneIds = 0;
  gone = false;
  collectIfDue();
  const meter = watch;
  if (meter !== null) meter.stop(ran);
}

function hasEnded(context: u32): bool {
  for (let entry = goneIds; entry != 0; entry = load<usize>(entry)) {
    if (load<u32>(entry, sizeof<usize>()) == context) return true;
  }
  return false;
}

/** The context whose callback runs. */
// @ts-ignore: decorator
@inline
export function currentContext(): u32 {
  return current;
}

/** Notes whose callback is to tell the host whether the stream goes on; returns whose did before. */
// @ts-ignore: decorator
@inline
export function beginDeciding(context: u32): u32 {
  const outer = deciding;
  deciding = context;
  return outer;
}

/** It is about to do so. */
// @ts-ignore: decorator
@inline
export function endDeciding(outer: u32): void {
  deciding = outer;
}

/** Whether the host waits to hear from a stream's callback whether that stream goes on, and it is not this one. */
export function isAnotherDeciding(context: u32): bool {
  return deciding != 0 && deciding != context;
}

/** Lets the callback that runs be one of another context: hostcalls act on that from the next `select` on. */
export function makeCurrent(context: u32): void {
  current = context;
}

/** Notes that a context has ended. Callbacks of it that are still under way make no hostcalls from here on. */
export function contextEnded(context: u32): void {
  if (depth == 0) return;
  const entry = allocateInArena(2 * sizeof<usize>());
  store<usize>(entry, goneIds);
  store<u32>(entry, context, sizeof<usize>());
  goneIds = entry;
  if (effective == context) gone = true;
}

/**
 * Makes hostcalls act on a context; 0 stands for the one whose callback runs. False when it is gone: then the
 * hostcall must not be made.
 */
export function select(context: u32): bool {
  const wanted = context == 0 ? current : context;
  return wanted == effective ? !gone : selectOther(wanted);
}

function selectOther(context: u32): bool {
  if (hasEnded(context)) return false;
  const status = setEffectiveContext(context);
  if (status != Status.Ok) {
    // One that ended before this callback began.
    if (status != Status.BadArgument) unexpected("proxy_set_effective_context", status);
    return false;
  }
  effective = context;
  gone = false;
  return true;
}
