interface Alarm {
  due: number;
  ring: () => void;
}

/**
 * The time on a stage: it stands while anything is done, and goes on at once, to the next thing that waits for it, when
 * nothing is.
 */
export class StageTime {
  private readonly start = BigInt(Date.now()) * 1_000_000n;
  private passed = 0;
  private alarms: Alarm[] = [];
  private isPassing = false;

  /** `onMillisecond` is called for each one that goes by. */
  constructor(private readonly onMillisecond: () => void) {}

  /** Nanoseconds since 1970. */
  now(): bigint {
    return this.start + BigInt(this.passed) * 1_000_000n;
  }

  /** Does something later, unless what comes back is called before. */
  after(milliseconds: number, ring: () => void): () => void {
    const alarm = { due: this.passed + milliseconds, ring };
    this.alarms.push(alarm);
    this.passOn();
    return () => void (this.alarms = this.alarms.filter((other) => other !== alarm));
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Promises are settled before an immediate comes, so that nothing is left to be done then. */
  private passOn(): void {
    if (this.isPassing || this.alarms.length === 0) return;
    this.isPassing = true;
    setImmediate(() => {
      this.isPassing = false;
      this.passToNext();
      this.passOn();
    });
  }

  private passToNext(): void {
    const next = Math.min(...this.alarms.map(({ due }) => due));
    if (next === Infinity) return;
    while (this.passed < next) {
      this.passed++;
      this.onMillisecond();
    }
    const due = this.alarms.filter((alarm) => alarm.due <= this.passed);
    this.alarms = this.alarms.filter((alarm) => alarm.due > this.passed);
    for (const { ring } of due) ring();
  }
}
