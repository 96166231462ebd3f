import { dim } from "../terminal.js";
import type { Outcome } from "./run.js";

/** One line that runs, on a terminal. */
export class Progress {
  private done = 0;

  constructor(
    private readonly total: number,
    private readonly isSilent: boolean,
  ) {}

  next({ role, host }: Outcome): void {
    this.done++;
    if (this.isSilent) return;
    const text = `${this.done} of ${this.total}  ${host}  ${role.file}`;
    process.stdout.write(dim(text.slice(0, (process.stdout.columns || 80) - 1)));
  }

  clear(): void {
    if (!this.isSilent) process.stdout.write("\r\x1b[K");
  }
}
