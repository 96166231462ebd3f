/**
 * A root's timer. A new period while it runs counts from the next tick on; it is set anew after each tick.
 * (Envoy, `Wasm::setTimerPeriod`)
 */
export class Timer {
  private period = 0;
  /** Milliseconds until the next tick; undefined when none is due. */
  private left: number | undefined;

  /** 0 ends the ticks. */
  set(milliseconds: number): void {
    const runs = this.left !== undefined && this.period > 0;
    this.period = milliseconds;
    if (!runs) this.left = milliseconds > 0 ? milliseconds : undefined;
  }

  /** How much time there is until the next tick, when that is no more than this. */
  dueWithin(milliseconds: number): number | undefined {
    return this.left !== undefined && this.left <= milliseconds ? this.left : undefined;
  }

  /** Time goes by, no more than until the next tick; says whether to tick now. */
  pass(milliseconds: number): boolean {
    if (this.left === undefined) return false;
    this.left -= milliseconds;
    if (this.left > 0) return false;
    this.left = undefined;
    return this.period > 0;
  }

  /** After a tick: the next one is a period away. */
  rearm(): void {
    if (this.left === undefined && this.period > 0) this.left = this.period;
  }
}
