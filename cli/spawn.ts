import { spawn } from "node:child_process";

export interface Finished {
  exitCode: number;
  /** What it wrote to both streams, in order, when it was not shown as it came. */
  output: string;
}

/** Runs a program to its end. With `show` it writes to our own streams as it goes. */
export function runProgram(
  program: string,
  args: string[],
  options: { cwd: string; show?: boolean; environment?: NodeJS.ProcessEnv },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.environment ?? process.env,
      stdio: options.show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    });
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    child.on("close", () => process.off("exit", end));
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
