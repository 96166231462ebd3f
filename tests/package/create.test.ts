import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../cli/root.js";
import { installed } from "./installed.js";
import { attempt, succeed } from "./outside.js";

let folder: string;
let create: string;
before(
  async () => {
    folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-create-"));
    const output = await succeed(folder, "npm", ["pack", "--silent", join(root, "cli", "create")]);
    await mkdir(join(folder, "unpacked"));
    await succeed(folder, "tar", ["-xzf", output.trim().split("\n").pop()!, "-C", "unpacked"]);
    // As npm puts the package and the one that it depends on into its cache for `npm create`.
    const { folder: shared } = await installed();
    const modules = join(folder, "cache", "node_modules");
    await mkdir(modules, { recursive: true });
    await cp(join(folder, "unpacked", "package"), join(modules, "create-as-proxy-wasm"), { recursive: true });
    await symlink(join(shared, "node_modules", "as-proxy-wasm"), join(modules, "as-proxy-wasm"));
    await writeFile(join(folder, "cache", "package.json"), "{}");
    create = join(modules, "create-as-proxy-wasm", "create.js");
  },
  { timeout: 900_000 },
);
after(() => rm(folder, { recursive: true, force: true }));

test("npm create makes a project as apw init does", async () => {
  const output = await succeed(folder, process.execPath, [create, "made", "--yes", "--template", "tcp"]);
  assert.match(output, /made is ready, in made\./);
  assert.match(await readFile(join(folder, "made", "assembly", "index.ts"), "utf8"), /register\("made"/);
});

test("npm create has init's words for what is wrong", async () => {
  const { exitCode, output } = await attempt(folder, process.execPath, [create, "x", "--template", "htllo"]);
  assert.equal(exitCode, 2);
  assert.match(output, /^unknown template "htllo": did you mean hello\?/);
});

test("npm runs it by its name where both packages are installed", async () => {
  const cwd = join(folder, "both");
  await mkdir(cwd);
  const { folder: shared } = await installed();
  await mkdir(join(cwd, "node_modules"));
  await symlink(join(shared, "node_modules", "as-proxy-wasm"), join(cwd, "node_modules", "as-proxy-wasm"));
  await writeFile(join(cwd, "package.json"), JSON.stringify({ name: "x", private: true }));
  await cp(join(folder, "unpacked", "package"), join(cwd, "node_modules", "create-as-proxy-wasm"), {
    recursive: true,
  });
  await mkdir(join(cwd, "node_modules", ".bin"));
  await symlink(
    "../create-as-proxy-wasm/create.js",
    join(cwd, "node_modules", ".bin", "create-as-proxy-wasm"),
  );
  const output = await succeed(cwd, "npm", ["--offline", "init", "as-proxy-wasm", "named", "--", "--yes"]);
  assert.match(output, /named is ready, in named\./);
});

test("create-as-proxy-wasm asks for the version that lies beside it", async () => {
  type Manifest = { version: string; dependencies: Record<string, string> };
  const read = async (path: string) => JSON.parse(await readFile(join(root, path), "utf8")) as Manifest;
  const [own, sdk] = [await read("cli/create/package.json"), await read("package.json")];
  assert.equal(own.version, sdk.version);
  assert.equal(own.dependencies["as-proxy-wasm"], `^${sdk.version}`);
});
