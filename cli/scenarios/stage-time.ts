interface Alarm {
  due: number;
  ring: () => void;
}

/**
 * The time on a stage: it goes by while something is waited for, at once, and only when nothing is left to be done; else
 * it stands.
 */
export class StageTime {
  private readonly start = BigInt(Date.now()) * 1_000_000n;
  private passed = 0;
  private alarms: Alarm[] = [];
  private waiting = 0;
  private isPassing = false;

  /** `onMillisecond` is called for each one that goes by, and says whether that led to anything. */
  constructor(private readonly onMillisecond: () => boolean) {}

  /** Nanoseconds since 1970. */
  now(): bigint {
    return this.start + BigInt(this.passed) * 1_000_000n;
  }

  /** Lets time go by until this is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.waiting++;
    this.passOn();
    try {
      return await work;
    } finally {
      this.waiting--;
    }
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

  /** Waits until nothing is left to be done for which no time must go by. */
  quiet(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Promises are settled before an immediate comes, so that nothing is left to be done then. */
  private passOn(): void {
    if (this.isPassing || this.waiting === 0 || this.alarms.length === 0) return;
    this.isPassing = true;
    setImmediate(() => {
      this.isPassing = false;
      if (this.waiting > 0) this.passToNext();
      this.passOn();
    });
  }

  private passToNext(): void {
    const next = Math.min(...this.alarms.map(({ due }) => due));
    if (next === Infinity) return;
    while (this.passed < next) {
      this.passed++;
      // What came of it goes first.
      if (this.onMillisecond()) break;
    }
    const due = this.alarms.filter((alarm) => alarm.due <= this.passed);
    this.alarms = this.alarms.filter((alarm) => alarm.due > this.passed);
    for (const { ring } of due) ring();
  }
}
