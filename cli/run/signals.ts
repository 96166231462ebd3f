const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * What tells a run to end: Ctrl-C, a closing terminal, or another program. The first one ends it in an orderly way; a
 * second one, or one that comes before anything serves, at once.
 */
export class StopSignals {
  /** Comes back with the first one. */
  readonly asked: Promise<null>;
  private isServing = false;
  private heard = false;
  private resolve: () => void = () => {};

  constructor() {
    this.asked = new Promise((resolve) => (this.resolve = () => resolve(null)));
    for (const signal of signals) process.on(signal, this.hear);
  }

  /** From now on there is something to be ended in order. */
  serving(): void {
    this.isServing = true;
  }

  get wereHeard(): boolean {
    return this.heard;
  }

  stop(): void {
    this.heard = true;
    this.resolve();
  }

  forget(): void {
    for (const signal of signals) process.off(signal, this.hear);
  }

  private readonly hear = () => {
    // What was started ends with this process.
    if (this.heard || !this.isServing) process.exit(130);
    this.stop();
  };
}
