import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A module to try, and with what. */
export interface Question {
  file: string;
  configuration?: string;
  rootId?: string;
}

/** What became of a module on the embedded host. */
export interface Attempt {
  /**
   * `refused`: the host does not load it. `unconfigured`: it loads, and then traps at its start, or does not take the
   * configuration. `endless`: it does not return.
   */
  outcome: "configured" | "unconfigured" | "refused" | "endless" | "crashed";
  /** Why it was refused, in Envoy's words. */
  reasons: string[];
  /** What was logged from `warn` on: the module's words, and the host's about traps. */
  log: string[];
}

/** How long a module may take for its start, in milliseconds: far longer than any that starts. */
const mostTime = 15_000;

/** Loads, starts and configures modules on the embedded host, one after the other, in a process that can be ended. */
export async function attempts(questions: Question[], limit = mostTime): Promise<Attempt[]> {
  const answers: Attempt[] = [];
  let running: Tries | undefined;
  try {
    for (const question of questions) {
      running ??= new Tries();
      const answer = await running.ask(question, limit);
      if (answer.outcome === "endless" || answer.outcome === "crashed") {
        running.end();
        running = undefined;
      }
      answers.push(answer);
    }
    return answers;
  } finally {
    running?.end();
  }
}

class Tries {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor() {
    const program = fileURLToPath(
      new URL(import.meta.url.endsWith(".ts") ? "try-module.ts" : "try-module.js", import.meta.url),
    );
    this.child = spawn(process.execPath, [...process.execArgv, program], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.child.stdin!.on("error", () => {});
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async ask(question: Question, limit: number): Promise<Attempt> {
    this.child.stdin!.write(`${JSON.stringify(question)}\n`);
    if ((await this.lines.next()).done) return { outcome: "crashed", reasons: [], log: [] };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), limit)));
    const line = await Promise.race([this.lines.next(), late]);
    clearTimeout(timer);
    if (line === "late") return { outcome: "endless", reasons: [], log: [] };
    if (line.done) return { outcome: "crashed", reasons: [], log: [] };
    return JSON.parse(line.value) as Attempt;
  }

  end(): void {
    this.child.kill("SIGKILL");
    void once(this.child, "close");
  }
}
