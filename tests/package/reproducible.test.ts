import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { bundledPlugins } from "../../cli/project/plugin.js";
import { root } from "../../cli/root.js";
import { plainEnvironment, succeed } from "./outside.js";

/** Everything that is built, or by default the smallest module and its image. */
const all = process.env["AS_PROXY_WASM_REPRODUCIBLE"] === "all";
const LONG = { timeout: 3_600_000 };

/** Two people who build the same: what may differ between them, and must not be seen in what they build. */
const builders = [
  { place: "one", umask: "022", environment: { TZ: "UTC", LC_ALL: "C", LANG: "C", USER: "ann" } },
  {
    place: "a much longer place/with söme spaces",
    umask: "077",
    environment: { TZ: "Pacific/Kiritimati", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", USER: "bert" },
  },
];

interface Clone {
  folder: string;
  run(...words: string[]): Promise<void>;
  digest(path: string): Promise<string>;
}

let scratch: string;
const clones: Clone[] = [];

suite("two clones at different places, of different people", () => {
  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "as-proxy-wasm-twice-"));
    for (const { place, umask, environment } of builders) {
      const home = join(scratch, `home of ${environment.USER}`);
      await mkdir(home);
      clones.push(await clone(join(scratch, place), umask, { ...environment, HOME: home }));
    }
  }, LONG);
  after(() => rm(scratch, { recursive: true, force: true }));

  test("build the same modules, byte for byte", LONG, async (t) => {
    for (const name of all ? await bundledPlugins() : ["hello"]) {
      for (const { run } of clones) await run("node", "--import", "tsx", "cli/apw.ts", "build", name);
      t.diagnostic(`${name} ${await same(`build/plugins/${name}.wasm`)}`);
    }
  });

  for (const layout of all ? ["docker", "oci", "artifact"] : ["oci"])
    test(`build the same image, laid out as ${layout}`, LONG, async (t) => {
      const words = ["image", "build", "hello", "--layout", layout, "--output", `build/${layout}.tar`];
      for (const { run } of clones) await run("node", "--import", "tsx", "cli/apw.ts", ...words);
      t.diagnostic(await same(`build/${layout}.tar`));
    });

  test("pack the same package", { ...LONG, skip: !all && "AS_PROXY_WASM_REPRODUCIBLE=all" }, async (t) => {
    for (const { run } of clones) await run("npm", "pack", "--silent", "--offline");
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    t.diagnostic(await same(`as-proxy-wasm-${version}.tgz`));
  });
});

/** The digest of a file that all clones have made alike. */
async function same(path: string): Promise<string> {
  const digests = await Promise.all(clones.map(({ digest }) => digest(path)));
  assert.deepEqual(
    digests.map((one) => one === digests[0]),
    [true, true],
    `${path}: ${digests.join(", ")}`,
  );
  return digests[0]!;
}

/** What git would clone of the repository as it lies here, changes that are not committed too, with its own packages. */
async function clone(folder: string, umask: string, environment: NodeJS.ProcessEnv): Promise<Clone> {
  const listed = await succeed(root, "git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  const old = process.umask(Number.parseInt(umask, 8));
  try {
    for (const path of listed.split("\0").filter((each) => each !== "" && existsSync(join(root, each)))) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await copyFile(join(root, path), join(folder, path));
    }
  } finally {
    process.umask(old);
  }
  await linkPackages(join(root, "node_modules"), join(folder, "node_modules"));
  await rm(join(folder, "node_modules", "as-proxy-wasm"));
  await symlink("..", join(folder, "node_modules", "as-proxy-wasm"));
  return {
    folder,
    run: (...words) => runWith(folder, umask, { ...plainEnvironment(), ...environment }, words),
    digest: async (path) =>
      createHash("sha256")
        .update(await readFile(join(folder, path)))
        .digest("hex"),
  };
}

/** A folder with links to all packages of another: each is found at a path of its own. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    const isScope = name.startsWith("@") && (await lstat(join(from, name))).isDirectory();
    if (isScope) await linkPackages(join(from, name), join(to, name));
    else await symlink(join(from, name), join(to, name));
  }
}

/** Runs a program with a umask, which is the process's: a shell sets it. */
async function runWith(cwd: string, umask: string, env: NodeJS.ProcessEnv, words: string[]): Promise<void> {
  const child = spawn("sh", ["-c", `umask ${umask}; exec "$@"`, "sh", ...words], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  assert.equal(code, 0, `${words.join(" ")}:\n${output}`);
}
