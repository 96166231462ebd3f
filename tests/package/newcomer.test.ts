import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { templateNames } from "../../cli/init/templates.js";
import { root } from "../../cli/root.js";
import { folderWithoutProject, folderWithPackages, type Installed, installed } from "./installed.js";
import { succeed } from "./outside.js";
import { withRun } from "./running.js";
import * as stage from "./stages.js";
import { starts } from "./starts.js";

// By default each template made for init goes through all that a newcomer does, `hello` by both hosts, and a plugin of the
// library as a start is built and run: what it does is tested with the plugin. With AS_PROXY_WASM_NEWCOMER=all every stage
// is done with every template, on both hosts.
const all = process.env["AS_PROXY_WASM_NEWCOMER"] === "all";

/** Installing and compiling take their time on a machine that does much else. */
const LONG = 900_000;

let newcomer: Installed;
before(
  async () => {
    newcomer = await installed();
  },
  { timeout: LONG },
);

test("every template is tried", async () => {
  const names = (await templateNames()).map(({ name }) => name);
  assert.deepEqual([...starts.map(({ template }) => template), "tcp"].sort(), names.sort());
});

test("the newcomer's project says that its packages come from the tarball and the registry", async () => {
  const manifest = JSON.parse(await readFile(join(newcomer.folder, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  assert.match(manifest.devDependencies["as-proxy-wasm"]!, /^file:\.\.\/as-proxy-wasm-[\d.]+\.tgz$/);
  const lock = await readFile(join(newcomer.folder, "package-lock.json"), "utf8");
  assert.ok(!lock.includes(root), "the lock file names the repository");
});

test("the library's plugins run where the package was installed and nothing else was done", async () => {
  const { folder, remove } = await folderWithoutProject();
  const apw = join(folder, "node_modules", "as-proxy-wasm", "dist", "cli", "apw.js");
  try {
    // Without the passes of a release, which take most of the time.
    await succeed(folder, process.execPath, [apw, "build", "hello", "--debug"]);
    const args = ["hello", "--watch", "--host", "embedded"];
    await withRun(folder, apw, args, async (url) => {
      assert.equal((await fetch(url)).headers.get("hello"), "world");
    });
  } finally {
    await remove();
  }
});

describe("a newcomer's project that begins with", { concurrency: 2, timeout: 4 * LONG }, () => {
  for (const start of starts) {
    const { template, isOwn } = start;
    test(template, { timeout: LONG }, async () => {
      const { project, name, remove } = await begin(template);
      const isWhole = template === "hello" || all;
      try {
        if (isWhole) {
          await stage.plainAsc(project);
          await stage.build(project, name);
          await stage.check(project, name);
        }
        if (isOwn || all) await stage.test(project, "both");
        await stage.run(project, isOwn ? "envoy" : "embedded", start);
        if (isWhole) await stage.run(project, isOwn ? "embedded" : "envoy", start);
      } finally {
        await remove();
      }
    });
  }

  test("tcp", { timeout: LONG }, async () => {
    const { project, name, remove } = await begin("tcp");
    try {
      if (all) {
        await stage.plainAsc(project);
        await stage.build(project, name);
        await stage.check(project, name);
      }
      await stage.test(project, "both");
      await stage.runTcp(project);
    } finally {
      await remove();
    }
  });
});

/** A project of a template, made with `apw init`, that shares its packages with the newcomer's. */
async function begin(template: string) {
  const name = `my-${template}`;
  const { folder, remove } = await folderWithPackages("project");
  await succeed(folder, process.execPath, [
    newcomer.apw,
    ...["init", "--yes", "--name", name, "--template", template],
  ]);
  return { project: { folder, apw: newcomer.apw }, name, remove };
}
