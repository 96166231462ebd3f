import type { Readable } from "node:stream";
import { createInterface } from "node:readline";

export interface LogLinesOptions {
  keep?: number | undefined;
  onLine?: ((line: string) => void) | undefined;
}

/** The lines that a process writes, kept, and waited for. */
export class LogLines {
  readonly lines: string[] = [];
  private readonly waiting = new Set<(line: string | null) => void>();
  private ended = false;

  /** Keeps all lines, or about as many as `keep` says; `onLine` hears of each. */
  constructor(stream: Readable, { keep = Infinity, onLine }: LogLinesOptions = {}) {
    const reader = createInterface({ input: stream, crlfDelay: Infinity });
    reader.on("line", (line) => {
      this.lines.push(line);
      if (this.lines.length > keep * 2) this.lines.splice(0, this.lines.length - keep);
      onLine?.(line);
      for (const listener of [...this.waiting]) listener(line);
    });
    reader.on("close", () => {
      this.ended = true;
      for (const listener of [...this.waiting]) listener(null);
    });
  }

  /** A mark to look from: the number of lines so far. */
  get mark(): number {
    return this.lines.length;
  }

  matching(pattern: RegExp, from = 0): string[] {
    return this.lines.slice(from).filter((line) => pattern.test(line));
  }

  /** The first line from `from` on that matches, also one still to come. Rejects when none comes in time. */
  waitFor(pattern: RegExp, timeout = 10_000, from = 0): Promise<string> {
    const present = this.lines.slice(from).find((line) => pattern.test(line));
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const finish = (line: string | null, why: string) => {
        clearTimeout(timer);
        this.waiting.delete(listener);
        if (line !== null) resolve(line);
        else reject(new Error(`no log line matches ${pattern} (${why}); the last ones:\n${this.tail()}`));
      };
      const listener = (line: string | null) => {
        if (line === null) finish(null, "the process ended");
        else if (pattern.test(line)) finish(line, "");
      };
      const timer = setTimeout(() => finish(null, `within ${timeout} ms`), timeout);
      this.waiting.add(listener);
      if (this.ended) finish(null, "the process ended");
    });
  }

  tail(count = 15): string {
    return this.lines.slice(-count).join("\n");
  }
}
