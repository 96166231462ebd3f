import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../cli/root.js";

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface How {
  cwd?: string;
  environment?: NodeJS.ProcessEnv;
  /** Ends it when it takes longer, in milliseconds. */
  timeout?: number;
  /** What it reads from its standard input. */
  input?: string;
}

const loader = pathToFileURL(join(root, "node_modules", "tsx", "dist", "loader.mjs")).href;

/** What runs `apw` from the sources, from any folder. */
export const apwArguments = ["--import", loader, join(root, "cli", "apw.ts")];

/** Runs `apw` as somebody does who is not at a terminal. */
export function apw(...args: string[]): Promise<Ended> {
  return apwIn({}, ...args);
}

export function apwIn(
  { cwd = root, environment = {}, timeout = 120_000, input }: How,
  ...args: string[]
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...apwArguments, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: undefined, ...environment },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      timeout,
    });
    child.stdin?.end(input);
    const [out, err]: Buffer[][] = [[], []];
    child.stdout!.on("data", (chunk: Buffer) => out!.push(chunk));
    child.stderr!.on("data", (chunk: Buffer) => err!.push(chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({
        exitCode: code ?? -1,
        stdout: Buffer.concat(out!).toString(),
        stderr: Buffer.concat(err!).toString(),
      }),
    );
  });
}
