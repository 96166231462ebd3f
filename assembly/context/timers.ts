import { setTickPeriod } from "../abi/timers";
import { Status } from "../abi/status";
import { unexpected } from "../runtime/failure";
import { monotonicNow } from "../runtime/time";
import { activate } from "./active";
import { RootContext } from "./root";
import { Scheduler } from "./scheduler";

const NANOSECONDS_PER_MILLISECOND: u64 = 1000000;

/** Hosts wake up a little early at times: a timer that is due within half a millisecond is due. */
const EARLY: u64 = NANOSECONDS_PER_MILLISECOND / 2;

/** Does something when its time has come. It takes the place of a closure. */
export abstract class TimerHandler {
  /** The time has come. The root context that the timer is of is the effective one. */
  abstract onTimer(): void;
}

/** Something that is to be done once, or again and again. */
@final
export class Timer {
  /** For the SDK: when it is due, on the clock of `monotonicNow`. */
  due: u64 = 0;
  /** For the SDK: the timer that was set before. */
  next: Timer | null = null;
  private cancelled: bool = false;

  /** For the SDK: a `period` of 0 is for once, a `handler` of null for the root's `onTick`. */
  constructor(
    readonly period: u32,
    readonly handler: TimerHandler | null,
  ) {}

  /** Whether it will fire again. */
  get isActive(): bool {
    return !this.cancelled;
  }

  /** Ends it. */
  cancel(): void {
    this.cancelled = true;
  }
}

/**
 * The timers of a root context, of which the host has only one: it is set to the one that is due first. With nothing but
 * a tick period the host is told that, and left to itself.
 */
@final
export class TimerScheduler extends Scheduler {
  private first: Timer | null = null;
  private tick: Timer | null = null;

  /** Enters a timer that is due in so many milliseconds. */
  add(timer: Timer, delay: u32): void {
    timer.due = monotonicNow() + <u64>delay * NANOSECONDS_PER_MILLISECOND;
    timer.next = this.first;
    this.first = timer;
  }

  /** Has `onTick` called again and again; 0 ends that. */
  setTick(period: u32): void {
    const tick = this.tick;
    if (tick !== null) tick.cancel();
    this.tick = null;
    if (period == 0) return;
    const timer = new Timer(period, null);
    this.tick = timer;
    this.add(timer, period);
  }

  /** The period of the only timer there is, if that has one; 0 when there are none or several. */
  get onlyPeriod(): u32 {
    this.sweep();
    const timer = this.first;
    return timer !== null && timer.next === null ? timer.period : 0;
  }

  get nextDue(): u64 {
    this.sweep();
    let due = u64.MAX_VALUE;
    let timer = this.first;
    while (timer !== null) {
      due = min(due, timer.due);
      timer = timer.next;
    }
    return due;
  }

  fire(root: RootContext): void {
    const now = monotonicNow() + EARLY;
    const regular = this.onlyPeriod != 0;
    let next = this.first;
    while (next !== null) {
      const timer = next;
      next = timer.next;
      if (!timer.isActive || (!regular && timer.due > now)) continue;
      const handler = timer.handler;
      if (timer.period == 0) timer.cancel();
      else timer.due = max(timer.due, now - EARLY) + <u64>timer.period * NANOSECONDS_PER_MILLISECOND;
      activate(root);
      if (handler === null) root.onTick();
      else handler.onTimer();
    }
  }

  arm(base: RootContext, ticking: bool): void {
    let due = u64.MAX_VALUE;
    let only: u32 = 0;
    let count = 0;
    const variants = base.variants_;
    const others = variants === null ? 0 : variants.length;
    for (let i = -1; i < others; i++) {
      const scheduler = i < 0 ? base.scheduler_ : schedulerAt(base, i);
      if (scheduler === null || scheduler.nextDue == u64.MAX_VALUE) continue;
      due = min(due, scheduler.nextDue);
      only = scheduler.onlyPeriod;
      count += 1;
    }
    let period: u32 = 0;
    if (count == 1 && only != 0) {
      period = only;
    } else if (due != u64.MAX_VALUE) {
      const now = monotonicNow();
      const left =
        due > now ? (due - now + NANOSECONDS_PER_MILLISECOND - 1) / NANOSECONDS_PER_MILLISECOND : 1;
      period = <u32>min(left, <u64>i32.MAX_VALUE);
    }
    if (period == base.armed_) return;
    // A timer that runs takes a new period only when it fires.
    if (!ticking && base.armed_ != 0 && period != 0) tellHost(0);
    base.armed_ = period;
    tellHost(period);
  }

  /** Drops the timers that will not fire again. */
  private sweep(): void {
    let before: Timer | null = null;
    let timer = this.first;
    while (timer !== null) {
      const next = timer.next;
      if (timer.isActive) before = timer;
      else if (before === null) this.first = next;
      else before.next = next;
      timer = next;
    }
  }
}

function schedulerAt(base: RootContext, index: i32): Scheduler | null {
  const variants = base.variants_;
  if (variants === null) return null;
  const variant = variants.at(index);
  if (variant === null) return null;
  return variant.scheduler_;
}

function tellHost(period: u32): void {
  const status = setTickPeriod(period);
  if (status != Status.Ok) unexpected("proxy_set_tick_period_milliseconds", status);
}
