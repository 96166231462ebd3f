import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { apwArguments } from "./apw.js";
import { installedProject, source } from "./build-project.js";

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-build-watch-"))));
after(() => rm(folder, { recursive: true, force: true }));

test("--watch builds on each change, keeps the last good module, and ends with Ctrl-C", async () => {
  const cwd = await installedProject(join(folder, "watched"));
  const child = spawn(process.execPath, [...apwArguments, "build", "--watch"], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const times = (pattern: RegExp) => said.match(pattern)?.length ?? 0;
  const until = async (pattern: RegExp, count: number) => {
    for (let i = 0; i < 1200 && times(pattern) < count; i++) await sleep(50);
    assert.ok(times(pattern) >= count, said);
  };
  try {
    await until(/waiting for changes/g, 1);
    const file = join(cwd, "build", "mine.wasm");
    const good = await readFile(file);
    const text = join(cwd, "assembly", "index.ts");
    await writeFile(text, source("nonsense();"));
    await until(/waiting for changes/g, 2);
    assert.match(said, /assembly\/index\.ts changed/);
    assert.match(said, /Cannot find name 'nonsense'/);
    assert.match(said, /the last good module stays/);
    assert.ok((await readFile(file)).equals(good));
    await writeFile(text, source(`config.string("greeting", "there");`));
    await until(/waiting for changes/g, 3);
    assert.ok(!(await readFile(file)).equals(good));
    assert.match(said, /built \d\d:\d\d:\d\d/);
    assert.match(said, /building mine: \d+\.\d s/);
    // A source beyond the folder of the others, which is not there at first.
    const shared = join(cwd, "..", "shared.ts");
    await writeFile(text, `import "../../shared";\n${source(`config.string("greeting", "there");`)}`);
    await until(/waiting for changes/g, 4);
    await writeFile(shared, "export const a = 1;\n");
    await until(/waiting for changes/g, 5);
    assert.match(said, /\.\.\/shared\.ts changed[^]*built/);
    await writeFile(shared, "export const a = nothing;\n");
    await until(/waiting for changes/g, 6);
    assert.match(said, /Cannot find name 'nothing'/);
  } finally {
    child.kill("SIGINT");
  }
  assert.equal(await ended, 0, said);
});
