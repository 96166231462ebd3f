import assert from "node:assert/strict";
import { constants } from "node:fs";
import { access, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inspect, type ModuleFile } from "../../cli/module.js";
import { exportedCallbacks } from "../../cli/report.js";
import { root } from "../../cli/root.js";
import { breaches } from "../../host/rules.js";
import { folderWithPackages, packed } from "./installed.js";
import { greeter } from "../cli/run-harness.js";
import { attempt, succeed } from "./outside.js";

/** What a user writes: the whole project, besides package.json. */
const project = {
  "asconfig.json": `{ "extends": "as-proxy-wasm/asconfig.json" }\n`,
  "assembly/index.ts": greeter("world"),
};

let folder: string;
let remove: () => Promise<void>;
let packedPaths: string[];

before(
  async () => {
    packedPaths = (await packed()).files;
    ({ folder, remove } = await folderWithPackages("a-user"));
    for (const [path, text] of Object.entries(project)) {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  },
  { timeout: 900_000 },
);
after(() => remove());

async function compile(...options: string[]): Promise<ModuleFile> {
  await succeed(folder, "npx", ["--no-install", "asc", "assembly/index.ts", "-o", "x.wasm", ...options]);
  return inspect(await readFile(join(folder, "x.wasm")));
}

test("the package holds the SDK, the transform and the plugins, and nothing of the house", () => {
  for (const wanted of [
    "index.ts",
    "asconfig.json",
    "assembly/index.ts",
    "assembly/exports.ts",
    "transform/index.js",
    "as-pect/index.js",
    "dist/cli/apw.js",
    "dist/cli/init/templates/project/gitignore",
    "dist/cli/init/templates/hello/assembly/index.ts",
    "dist/cli/init/specs/basic-auth/rule.spec.ts",
    "LICENSE",
    "README.md",
  ]) {
    assert.ok(packedPaths.includes(wanted), `${wanted} is missing`);
  }
  assert.deepEqual(
    packedPaths.filter((path) => /^(tests|cli|build|node_modules)\//.test(path)),
    [],
  );
});

test("a project finds each of the package's entries by its name", async () => {
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    exports: Record<string, unknown>;
  };
  const entries = Object.keys(exports);
  for (const entry of ["./asconfig.json", "./as-pect", "./as-pect/asconfig.json", "./transform", "./host"])
    assert.ok(entries.includes(entry), `${entry} is missing`);
  const found = createRequire(join(folder, "package.json"));
  for (const entry of entries)
    await access(found.resolve(entry.replace(".", "as-proxy-wasm")), constants.R_OK);
});

test("a user's project compiles with plain asc to a module that hosts load", async () => {
  const module = await compile();
  assert.deepEqual(breaches(module), []);
  assert.deepEqual(exportedCallbacks(module.exports.map(({ name }) => name)).sort(), [
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_request_headers",
    "proxy_on_response_headers",
  ]);
  const imports = module.imports.map((entry) => `${entry.module}.${entry.name}`);
  const stray = imports.filter(
    (name) => !/^env\.proxy_|^wasi_snapshot_preview1\.(clock_time_get|random_get|environ_)/.test(name),
  );
  assert.deepEqual(stray, []);
});

test("a user's debug build is loadable too", async () => {
  assert.deepEqual(breaches(await compile("--target", "debug")), []);
});

test("without the SDK's compiler options asc says what is missing, in place of a module that crashes", async () => {
  const bare = join(folder, "bare");
  await mkdir(bare);
  await cp(join(folder, "assembly"), join(bare, "assembly"), { recursive: true });
  const args = [
    "--no-install",
    "asc",
    "bare/assembly/index.ts",
    "-o",
    "bare/x.wasm",
    "--config",
    "none.json",
    "--transform",
    "as-proxy-wasm/transform",
  ];
  const { exitCode, output } = await attempt(folder, "npx", args);
  assert.notEqual(exitCode, 0);
  assert.match(
    output,
    /as-proxy-wasm: the compiler options lack .*exportStart.*"extends": "as-proxy-wasm\/asconfig\.json"/,
  );
});
