import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite, test } from "node:test";
import { plugin } from "../envoy/harness.js";
import { apwArguments } from "./apw.js";
import { descendantsOf, greeter, isAlive, withProject } from "./run-harness.js";

const hello = await plugin("hello");
/** What lies in folders, without what the loader of TypeScript keeps there. */
const contents = async (folders: readonly string[]): Promise<string[]> =>
  (await Promise.all(folders.map((folder) => readdir(folder).catch(() => []))))
    .flat()
    .filter((name) => !name.startsWith("tsx-"));

/** A command is in the midst of its work when it has made a folder for a while. */
async function untilAtWork(folders: readonly string[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await contents(folders)).length === 0 && Date.now() < deadline) await sleep(20);
  assert.ok((await contents(folders)).length > 0, "it never began");
}

suite("Ctrl-C, and a signal of another program, leave nothing behind of", () => {
  const commands: [words: string[], delay: number][] = [
    [["build"], 500],
    [["check", hello, "--envoy"], 200],
    [["call", hello, "--host", "envoy"], 100],
    [["bench", hello], 1000],
  ];
  for (const [words, delay] of commands)
    test(`apw ${words[0]}`, async () => {
      // What is done sooner than that on a fast machine is interrupted earlier.
      for (const pause of [delay, delay / 4, 0]) if (await isInterrupted(words, pause)) return;
      assert.fail("it ends too soon to be interrupted");
    });
});

/** False where the command was done before the signal came. */
function isInterrupted(words: readonly string[], pause: number): Promise<boolean> {
  return withProject({ "assembly/index.ts": greeter("x") }, async (cwd) => {
    const scratch = join(cwd, "tmp");
    await Promise.all([mkdir(scratch), mkdir(join(cwd, "build"))]);
    const folders = [scratch, join(cwd, "build")];
    const cache = `tsx-${process.getuid?.() ?? 0}`;
    await symlink(join(tmpdir(), cache), join(scratch, cache));
    const child = spawn(process.execPath, [...apwArguments, ...words], {
      cwd,
      env: { ...process.env, TMPDIR: scratch },
      stdio: "ignore",
    });
    const ended = new Promise<[number | null, string | null]>((resolve) =>
      child.on("close", (status, signal) => resolve([status, signal])),
    );
    try {
      await untilAtWork(folders);
      await sleep(pause);
      const processes = await descendantsOf(child.pid!);
      // The command alone: a terminal's Ctrl-C reaches what it started as well.
      child.kill("SIGINT");
      const how = await ended;
      // Node gives signals back to the system while it takes itself down: the work was done then.
      const wasDone = how[0] === 0 || how[1] === "SIGINT";
      if (!wasDone) assert.deepEqual(how, [130, null]);
      await sleep(300);
      const living = [];
      for (const pid of processes) if (await isAlive(pid)) living.push(pid);
      assert.deepEqual(living, []);
      if (how[0] !== 0) assert.deepEqual(await contents(folders), []);
      return !wasDone;
    } finally {
      child.kill("SIGKILL");
    }
  });
}
