import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { plainEnvironment } from "./outside.js";

interface Ready {
  event: string;
  url: string;
}

/**
 * `apw run --json` in a project: `use` gets the address where it listens; then Ctrl-C ends it. `--json` prints a line for
 * each thing that happens.
 */
export async function withRun<T>(
  cwd: string,
  apw: string,
  args: readonly string[],
  use: (url: string) => Promise<T>,
): Promise<T> {
  const words = [apw, "run", "--json", "--port", "0", "--admin-port", "0", ...args];
  const child = spawn(process.execPath, words, {
    cwd,
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => told.push(chunk.toString()));
  const ended = once(child, "exit");
  try {
    const url = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on("line", (line) => {
        told.push(line);
        const event = JSON.parse(line) as Ready;
        if (event.event === "ready") resolve(event.url);
      });
      void ended.then(() => reject(new Error(`apw run ended before it was ready:\n${told.join("\n")}`)));
    });
    const result = await use(url);
    child.kill("SIGINT");
    const [code] = (await ended) as [number | null];
    assert.equal(code, 0, `apw run after Ctrl-C:\n${told.join("\n")}`);
    return result;
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await ended;
    }
  }
}
