import { seconds } from "../terminal.js";

/** Says on stderr how far something is, with the time that is left; on a terminal only, where the line is rewritten. */
export class Progress {
  private readonly started = performance.now();
  private readonly isShown = process.stderr.isTTY;

  show(share: number, what: string): void {
    if (!this.isShown) return;
    const spent = performance.now() - this.started;
    const left = share > 0.05 ? `, ${seconds((spent / share) * (1 - share))} left` : "";
    const width = 24;
    const full = Math.round(share * width);
    this.write(`${"█".repeat(full)}${"░".repeat(width - full)} ${what}${left}`);
  }

  /** A line that stays, where nobody asked for silence. */
  clear(): void {
    if (this.isShown) this.write("");
  }

  private write(line: string): void {
    process.stderr.write(`\r\x1b[K${line}`);
  }
}
