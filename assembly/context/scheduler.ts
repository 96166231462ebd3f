import { RootContext } from "./root";

/**
 * When a root context is to be called by time. This one knows of nothing; the one with timers comes into a module only
 * together with a call that sets one.
 */
export class Scheduler {
  /** The period of the only timer there is, in milliseconds; 0 when there is none, or several. */
  get onlyPeriod(): u32 {
    return 0;
  }

  /** When the first timer is due, on the clock of `monotonicNow`; the largest number when there is none. */
  get nextDue(): u64 {
    return u64.MAX_VALUE;
  }

  /** Calls what is due. */
  fire(root: RootContext): void {}

  /**
   * Sets the host's timer to what is due first among a root and those of its overrides. `ticking` says that the host's
   * timer is just firing.
   */
  arm(base: RootContext, ticking: bool): void {}
}
