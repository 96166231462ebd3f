const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How often it is looked whether npm is still there, in milliseconds. */
const glance = 500;

/**
 * What tells a run to end: Ctrl-C, a closing terminal, or another program. The first one ends it in an orderly way; a
 * second one, or one that comes before anything serves, at once. npx and `npm run` keep a signal to themselves and end:
 * that they are gone is one, too.
 */
export class StopSignals {
  /** Comes back with the first one. */
  readonly asked: Promise<null>;
  private isServing = false;
  private heard = false;
  private resolve: () => void = () => {};
  private readonly parent = process.ppid;
  private readonly glances: NodeJS.Timeout | undefined;

  constructor() {
    this.asked = new Promise((resolve) => (this.resolve = () => resolve(null)));
    for (const signal of signals) process.on(signal, this.hear);
    if (process.env["npm_command"] === undefined) return;
    this.glances = setInterval(() => {
      if (process.ppid === this.parent) return;
      clearInterval(this.glances);
      this.hear();
    }, glance).unref();
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
    clearInterval(this.glances);
    for (const signal of signals) process.off(signal, this.hear);
  }

  private readonly hear = () => {
    // What was started ends with this process.
    if (this.heard || !this.isServing) process.exit(130);
    this.stop();
  };
}
