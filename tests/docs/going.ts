import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { plainEnvironment } from "../package/outside.js";

const LONGEST_START_MS = 120_000;
const LONGEST_END_MS = 30_000;

/** A command that goes on until somebody presses Ctrl-C. */
export class Going {
  /** What it has written so far. */
  said = "";
  private readonly ended: Promise<unknown>;
  private isLate = false;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, "close");
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
  }

  /** Starts it in a shell, and comes back when it has written the text. */
  static async start(
    cwd: string,
    command: string,
    environment: NodeJS.ProcessEnv,
    until: string,
  ): Promise<Going> {
    // A group of its own, which gets Ctrl-C as a whole, as it does from a terminal.
    const child = spawn("bash", ["-euo", "pipefail", "-c", command], {
      cwd,
      env: { ...plainEnvironment(), ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const going = new Going(child);
    const deadline = Date.now() + LONGEST_START_MS;
    while (!going.said.includes(until)) {
      const isLate = Date.now() > deadline;
      if (isLate || child.exitCode !== null) {
        await going.end();
        assert.fail(`${command} ${isLate ? "does not say" : "ended without"} "${until}":\n${going.said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return going;
  }

  /** Presses Ctrl-C, and waits until all of it has ended. */
  async end(): Promise<void> {
    const timer = setTimeout(() => {
      this.isLate = true;
      this.signal("SIGKILL");
    }, LONGEST_END_MS);
    this.signal("SIGINT");
    await this.ended;
    clearTimeout(timer);
    assert.ok(!this.isLate, `it goes on after Ctrl-C:\n${this.said}`);
  }

  private signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, name);
    } catch (error) {
      // All of the group has ended.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
