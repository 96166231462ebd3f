import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { image } from "../../../cli/commands/image.js";
import { explain } from "../../../cli/explain.js";
import { root } from "../../../cli/root.js";

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface How {
  cwd?: string;
  stdin?: string;
  environment?: NodeJS.ProcessEnv;
}

/** Runs `apw image ...` as a user does, without the credentials of whoever runs the tests. */
export function apwImage(
  words: string[],
  { cwd = root, stdin = "", environment = {} }: How = {},
): Promise<Ran> {
  const nowhere = join(tmpdir(), "no-such-home");
  const env = {
    ...process.env,
    HOME: nowhere,
    DOCKER_CONFIG: nowhere,
    XDG_RUNTIME_DIR: "",
    XDG_CONFIG_HOME: nowhere,
  };
  const tsx = new URL("node_modules/tsx/dist/esm/index.mjs", `file://${root}/`).href;
  const child = spawn(process.execPath, ["--import", tsx, join(root, "cli", "apw.ts"), "image", ...words], {
    cwd,
    env: { ...env, ...environment },
    stdio: "pipe",
  });
  const [out, error]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (piece: Buffer) => out.push(piece));
  child.stderr.on("data", (piece: Buffer) => error.push(piece));
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(error).toString() }),
    );
  });
}

/** What `apw image ...` ends with, in this very process: for many wrong uses one after the other. */
export async function apwImageHere(words: string[]): Promise<{ text: string; code: number }> {
  for (const command of [image, ...image.commands])
    command.exitOverride().configureOutput({ outputError: () => {} });
  try {
    await image.parseAsync(words, { from: "user" });
    return { text: "", code: 0 };
  } catch (error) {
    return explain(error, false);
  }
}

/** A folder that goes with the test. */
export async function scratch(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "apw-image-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
