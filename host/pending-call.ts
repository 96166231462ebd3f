/** A call that is under way. */
export class PendingCall {
  private readonly deadline: bigint | undefined;
  private readonly controller = new AbortController();

  /** `now` is in nanoseconds; a timeout of 0 is none. */
  constructor(now: bigint, timeoutMs: number) {
    if (timeoutMs > 0) this.deadline = now + BigInt(timeoutMs) * 1_000_000n;
  }

  /** For the service: aborted when nobody waits for its answer any more. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  isLate(now: bigint): boolean {
    return this.deadline !== undefined && this.deadline <= now;
  }

  abort(): void {
    this.controller.abort();
  }
}
