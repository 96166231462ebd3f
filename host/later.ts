/** What is under way: actions that come soon, in their order, when nothing else runs. */
export class Later {
  private readonly underWay = new Set<Promise<void>>();
  private failure: { error: unknown } | undefined;

  run(action: () => void | Promise<void>): void {
    const done: Promise<void> = Promise.resolve()
      .then(action)
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.underWay.delete(done));
    this.underWay.add(done);
  }

  /** Waits until nothing is under way, not even what came of it. Throws what an action threw. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure.error;
  }
}
