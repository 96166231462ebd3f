import assert from "node:assert/strict";
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

/** Words, what must be said, and where that is: a wrong use ends with 2, and nothing on stdout. */
export type WrongUses = readonly (readonly [words: readonly string[], says: RegExp])[];

/**
 * Runs `apw` with each of the words, all in one process, which must do nothing else than end with 2 and one sentence, or
 * a few lines where `lines` says so, that has nothing of the code in it.
 */
export async function refuseAll(
  uses: WrongUses,
  { lines = 1, ...how }: How & { lines?: number } = {},
): Promise<void> {
  const all = await apwSeveral(
    uses.map(([words]) => words),
    how,
  );
  for (const [index, [words, says]] of uses.entries()) {
    const { exitCode, stdout, stderr } = all[index]!;
    const what = `apw ${words.join(" ")}\n${stdout}${stderr}`;
    assert.match(stderr, says, what);
    assert.deepEqual([exitCode, stdout], [2, ""], what);
    assert.doesNotMatch(stderr, /^\s+at |node:internal|at fault/m, what);
    assert.ok(stderr.trimEnd().split("\n").length <= lines, what);
  }
}

/** Runs `apw` once for each of the words, in one process: for what ends at once. */
export async function apwSeveral(words: readonly (readonly string[])[], how: How = {}): Promise<Ended[]> {
  const program = join(root, "tests", "cli", "several.ts");
  const { stdout, stderr } = await runNode({ ...how, input: JSON.stringify(words) }, [
    "--import",
    loader,
    program,
  ]);
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  assert.ok(last.startsWith("["), `no result: ${stdout}${stderr}`);
  return JSON.parse(last) as Ended[];
}

/** What runs `apw` from the sources, from any folder. */
export const apwArguments = ["--import", loader, join(root, "cli", "apw.ts")];

/** Runs `apw` as somebody does who is not at a terminal. */
export function apw(...args: string[]): Promise<Ended> {
  return apwIn({}, ...args);
}

export const apwIn = (how: How, ...args: string[]): Promise<Ended> =>
  runNode(how, [...apwArguments, ...args]);

function runNode(
  { cwd = root, environment = {}, timeout = 120_000, input }: How,
  args: string[],
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
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
