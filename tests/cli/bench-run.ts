import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../../cli/root.js";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface StartedBench {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Comes back when stderr has this. */
  says(pattern: RegExp): Promise<void>;
}

/** Starts `apw bench` as a user does. */
export function startBench(args: readonly string[], environment: NodeJS.ProcessEnv = {}): StartedBench {
  const child = spawn(process.execPath, ["--import", "tsx", join(root, "cli", "apw.ts"), "bench", ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(stderr)) return;
        child.stderr.off("data", look);
        resolve();
      };
      child.stderr.on("data", look);
      look();
      void ended.then(() => reject(new Error(`it ended without saying ${pattern}: ${stderr}`)));
    });
  return { child, ended, says };
}

export const runBench = (args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended> =>
  startBench(args, environment).ended;
