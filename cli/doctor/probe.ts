import { execFile } from "node:child_process";

/** How long a program may take to say what it is, in milliseconds: one that hangs must not hang us. */
const patience = 5000;

export interface Said {
  /** What it wrote to its standard output, and to the other one where that is empty. */
  text: string;
  exitCode: number;
}

/** What a program says; null where it is not there, and the reason where it does not come to an end. */
export function ask(
  program: string,
  args: readonly string[],
  { environment = process.env, timeout = patience, cwd }: AskOptions = {},
): Promise<Said | "late" | null> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env: environment, timeout, killSignal: "SIGKILL", maxBuffer: 1024 * 1024, ...(cwd && { cwd }) },
      (error, stdout, stderr) => {
        const { code, killed } = (error ?? {}) as NodeJS.ErrnoException & { killed?: boolean };
        if (code === "ENOENT" || code === "EACCES") resolve(null);
        else if (killed) resolve("late");
        else
          resolve({
            text: (stdout.trim() || stderr.trim()).trim(),
            exitCode: typeof code === "number" ? code : error ? 1 : 0,
          });
      },
    );
    // Its children may hold the pipes when it is gone.
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve("late");
    }, timeout + 500);
    child.once("close", () => clearTimeout(limit));
    child.once("error", () => clearTimeout(limit));
  });
}

export interface AskOptions {
  environment?: NodeJS.ProcessEnv;
  timeout?: number;
  cwd?: string;
}
