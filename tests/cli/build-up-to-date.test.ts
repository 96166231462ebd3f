import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makePlugin } from "../../cli/project/build.js";
import type { Goal } from "../../cli/project/compile.js";
import { findPlugin, type Plugin } from "../../cli/project/plugin.js";
import { lastBuild, remember } from "../../cli/project/record.js";
import { toolsFor } from "../../cli/project/tools.js";
import { upToDate } from "../../cli/project/up-to-date.js";
import { root } from "../../cli/root.js";
import { apwIn } from "./apw.js";

const files: Record<string, string> = {
  "package.json": JSON.stringify({ name: "mine", type: "module" }),
  "asconfig.json": JSON.stringify({ extends: "./base.json" }),
  "base.json": JSON.stringify({ extends: "as-proxy-wasm/asconfig.json" }),
  "assembly/index.ts": `import { Config, HttpContext, RootContext, register } from "as-proxy-wasm";
import { greeting } from "greetings";
import { key } from "../shared/key";
class Root extends RootContext {
  onConfigure(config: Config): bool {
    config.string(key(), greeting());
    return config.ok();
  }
  createHttpContext(): HttpContext {
    return new HttpContext();
  }
}
register("mine", () => new Root());
`,
  "shared/key/index.ts": `export function key(): string { return "greeting"; }\n`,
  "node_modules/greetings/index.ts": `export function greeting(): string { return "hello"; }\n`,
};

let folder: string;
let plugin: Plugin;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-built-"));
  for (const [path, text] of Object.entries(files)) await written(path, text);
  for (const name of ["assemblyscript", "json-as", "@assemblyscript"])
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  await symlink(root, join(folder, "node_modules", "as-proxy-wasm"));
  plugin = await findPlugin(folder);
  await makePlugin(plugin);
});
after(() => rm(folder, { recursive: true, force: true }));

async function written(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), content);
}

async function isUpToDate(goal: Goal = "size"): Promise<boolean> {
  const { cwd, entry, module: file } = plugin;
  const record = await lastBuild(file, goal);
  return (
    record !== null &&
    (await upToDate({ cwd, entry: entry!, file, tools: await toolsFor(cwd) }, record)) !== null
  );
}

/** Sees that a change is noticed, and that all is well once it is taken back. */
async function notices(change: () => Promise<void>, undo: () => Promise<void>): Promise<void> {
  assert.ok(await isUpToDate(), "it is not up to date before");
  try {
    await change();
    assert.ok(!(await isUpToDate()), "it is said to be up to date");
  } finally {
    await undo();
  }
  assert.ok(await isUpToDate(), "it is not up to date after that");
}

for (const path of Object.keys(files).filter((each) => each !== "package.json")) {
  test(`a module is not up to date when ${path} has changed`, () =>
    notices(
      () => written(path, files[path]!.replace("greeting", "greetings").replace("hello", "there") + " "),
      () => written(path, files[path]!),
    ));
}

test("a module is not up to date when a file is gone that was imported", () =>
  notices(
    () => rename(join(folder, "shared"), join(folder, "other")),
    () => rename(join(folder, "other"), join(folder, "shared")),
  ));

test("a module is not up to date when there is a file that now comes before what was imported", () =>
  notices(
    () => written("shared/key.ts", files["shared/key/index.ts"]!),
    () => rm(join(folder, "shared", "key.ts")),
  ));

test("a module is not up to date when it is not what was made, or is gone", async () => {
  const bytes = await readFile(plugin.module);
  const restore = () => writeFile(plugin.module, bytes);
  const tampered = Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 2 ? byte ^ 1 : byte));
  await notices(() => writeFile(plugin.module, tampered), restore);
  await notices(() => rm(plugin.module), restore);
});

test("a module is not up to date for another goal", async () => {
  assert.ok(!(await isUpToDate("speed")));
  // Nor where a record of that goal is there, of a module that has given up its place.
  const record = (await lastBuild(plugin.module, "size"))!;
  await remember(plugin.module, "speed", { ...record, sha256: "0".repeat(64) });
  assert.ok(!(await isUpToDate("speed")));
});

test("a module is not up to date when the options of json-as's transform in the environment have changed", () =>
  notices(
    () => Promise.resolve(void (process.env["JSON_MODE"] = "SIMD")),
    () => Promise.resolve(void delete process.env["JSON_MODE"]),
  ));

test("a module is not up to date when the package that brings the compiler is another", async () => {
  const link = join(folder, "node_modules", "assemblyscript");
  const manifest = JSON.parse(
    await readFile(join(root, "node_modules", "assemblyscript", "package.json"), "utf8"),
  ) as { version: string };
  await notices(
    async () => {
      await rename(link, `${link}.real`);
      await written(
        "node_modules/assemblyscript/package.json",
        JSON.stringify({ ...manifest, version: "0.0.1" }),
      );
    },
    async () => {
      await rm(link, { recursive: true });
      await rename(`${link}.real`, link);
    },
  );
});

test("apw build says that it is up to date, and compiles when it is not, or is told to", async () => {
  const built = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await apwIn({ cwd: folder }, "build", "--json", ...words);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as { upToDate: boolean; sha256: string; size: number; lastBuild: object };
  };
  const first = await built();
  assert.equal(first.upToDate, true);
  const { stdout } = await apwIn({ cwd: folder }, "build");
  assert.match(stdout, /building mine: up to date\n/);
  assert.match(stdout, /mine\.wasm.*up to date \(--force compiles it again\)/);

  await written("shared/key/index.ts", files["shared/key/index.ts"]!.replace("greeting", "salutation"));
  const second = await built();
  assert.equal(second.upToDate, false);
  assert.notEqual(second.sha256, first.sha256);
  const forced = await built("--force");
  assert.deepEqual([forced.upToDate, forced.sha256], [false, second.sha256]);
});

test("a module is compiled anew each time where a transform of somebody else's is in it", async () => {
  await written("mine.mjs", "export default class {}\n");
  const options = { transform: ["./mine.mjs"] };
  await written("asconfig.json", JSON.stringify({ extends: "./base.json", options }));
  assert.equal((await makePlugin(plugin, { goal: "plain" })).isUpToDate, false);
  assert.equal(await isUpToDate("plain"), false);
});
