import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { plainEnvironment } from "../package/outside.js";

/** Waits until what is on the screen since the step before matches, then types. */
export interface Step {
  wait: string;
  send: string;
}

export interface Typed {
  exitCode: number;
  /** All that the program wrote to its terminal. */
  raw: string;
  /** The same without escape sequences. */
  text: string;
  /** Whether the terminal echoes and reads lines as it did before. */
  isModeRestored: boolean;
}

export interface Terminal {
  cwd: string;
  columns?: number;
  rows?: number;
  environment?: NodeJS.ProcessEnv;
}

export const keys = { up: "\x1b[A", down: "\x1b[B", enter: "\r", escape: "\x1b", ctrlC: "\x03" } as const;

/** Runs a program on a terminal of its own, and types at it. Python has what that takes wherever these tests run. */
export async function onTerminal(command: string[], steps: Step[], terminal: Terminal): Promise<Typed> {
  const { cwd, columns = 100, rows = 30, environment = {} } = terminal;
  const child = spawn("python3", [fileURLToPath(new URL("pty-driver.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const env = { ...plainEnvironment(), TERM: "xterm-256color", CI: undefined, ...environment };
  child.stdin.end(JSON.stringify({ command, cwd, columns, rows, steps, env, seconds: 100 }));
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const { problem, ...typed } = JSON.parse(Buffer.concat(chunks).toString()) as Typed & {
    problem: string | null;
  };
  assert.equal(problem, null, `${problem}; the screen had:\n${typed.text}`);
  return typed;
}
