import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { nameFor, nameProblem, resourceName } from "../../cli/init/names.js";
import { templateNames } from "../../cli/init/templates.js";
import { root } from "../../cli/root.js";
import { attempt } from "../package/outside.js";

const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const apw = ["--import", loader, join(root, "cli", "apw.ts")];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-init-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const freshFolder = (): Promise<string> => mkdtemp(join(folder, "in-"));
const init = (cwd: string, ...words: string[]) => attempt(cwd, process.execPath, [...apw, "init", ...words]);

/** It is one sentence that says what to do, ends with 2, and leaves nothing behind. */
async function refuses(words: string[], sentence: RegExp, cwd?: string): Promise<void> {
  const place = cwd ?? (await freshFolder());
  const before = await readdir(place);
  const { exitCode, output } = await init(place, ...words);
  assert.equal(exitCode, 2, output);
  assert.match(output, sentence);
  assert.equal(output.trim().split("\n").length, 1, output);
  assert.deepEqual(await readdir(place), before);
}

async function read(cwd: string, path: string): Promise<string> {
  return readFile(join(cwd, path), "utf8");
}

test("init makes a project in an empty folder, and says what comes next", async () => {
  const cwd = await freshFolder();
  const { exitCode, output } = await init(cwd, "--yes", "--name", "mine");
  assert.equal(exitCode, 0, output);
  assert.match(
    output,
    /mine is ready, in this folder.*\n\nNext\n {2}npm install\n {2}npx apw run\n {2}npm run test\n$/,
  );
  assert.deepEqual((await readdir(cwd)).sort(), [
    ".dockerignore",
    ".github",
    ".gitignore",
    "Dockerfile",
    "README.md",
    "as-pect.asconfig.json",
    "as-pect.config.js",
    "asconfig.json",
    "assembly",
    "config.schema.json",
    "package.json",
    "runtime-config.json",
    "scenarios",
    "tests",
    "tsconfig.json",
    "wasmplugin.yaml",
  ]);
  assert.equal((await read(cwd, "asconfig.json")).trim(), '{ "extends": "as-proxy-wasm/asconfig.json" }');
  assert.match(await read(cwd, "Dockerfile"), /^FROM scratch\nCOPY build\/mine.wasm \/plugin.wasm\n$/m);
  assert.match(await read(cwd, ".github/workflows/ci.yml"), /run: npm ci\n[^]*name: mine\n/);
  assert.deepEqual(JSON.parse(await read(cwd, "runtime-config.json")), {
    abiVersions: ["0.2.1"],
    rootIds: ["mine"],
    filter: "http",
    envoy: { minimum: "1.36", tested: ["1.36.2", "1.40.0"] },
    istio: { minimum: "1.28" },
  });
});

for (const { name: template } of await templateNames()) {
  test(`init calls a plugin that begins with ${template} by the project's name throughout`, async () => {
    const cwd = await freshFolder();
    const { exitCode, output } = await init(
      cwd,
      ".",
      "--yes",
      "--name",
      "@acme/my.filter",
      "--template",
      template,
    );
    assert.equal(exitCode, 0, output);
    assert.match(await read(cwd, "assembly/index.ts"), /register\("my\.filter", /);
    const { metadata, spec } = parse(await read(cwd, "wasmplugin.yaml")) as {
      metadata: { name: string };
      spec: { pluginName: string; url: string; type?: string };
    };
    assert.equal(metadata.name, "my-filter");
    assert.equal(spec.pluginName, "my.filter");
    assert.equal(spec.url, "oci://registry.example.com/my.filter:0.1.0");
    const { rootIds, filter } = JSON.parse(await read(cwd, "runtime-config.json")) as {
      rootIds: string[];
      filter: string;
    };
    assert.deepEqual(rootIds, ["my.filter"]);
    assert.equal(spec.type ?? "HTTP", filter === "network" ? "NETWORK" : "HTTP");
    assert.ok((await readdir(join(cwd, "tests"))).some((file) => file.endsWith(".spec.ts")));
    assert.equal(existsSync(join(cwd, "scenarios")), template !== "tcp");
    for (const file of template === "tcp" ? [] : await readdir(join(cwd, "scenarios"))) {
      const scenario = await read(cwd, `scenarios/${file}`);
      assert.match(scenario, /^# yaml-language-server: \$schema=\.\.\/node_modules\/as-proxy-wasm\//);
      assert.doesNotMatch(scenario, new RegExp(`plugin: ${template}[,\\s}]`));
    }
    for (const path of await readdir(cwd, { recursive: true, withFileTypes: true }))
      if (path.isFile()) {
        const text = await readFile(join(path.parentPath, path.name), "utf8");
        assert.doesNotMatch(
          text,
          /(?<!\$)\{\{[a-z-]+\}\}/,
          `${path.name} has a place that nothing was put into`,
        );
      }
  });
}

test("init makes a new folder of the plugin's name where this one has something in it", async () => {
  const cwd = await freshFolder();
  await writeFile(join(cwd, "notes.txt"), "mine");
  const { exitCode, output } = await init(cwd, "--yes", "--template", "tcp");
  assert.equal(exitCode, 0, output);
  assert.match(
    output,
    /my-filter is ready, in my-filter\.\n\nNext\n {2}cd my-filter\n {2}npm install\n {2}npx apw run\n$/,
  );
  assert.deepEqual((await readdir(cwd)).sort(), ["my-filter", "notes.txt"]);
});

test("init takes folders with spaces and letters of all kinds, and makes the folders above", async () => {
  const cwd = await freshFolder();
  const { exitCode, output } = await init(cwd, "a b/Größe Ⅱ/Mein Fïlter", "--yes");
  assert.equal(exitCode, 0, output);
  assert.match(output, /cd 'a b\/Größe Ⅱ\/Mein Fïlter'/);
  const manifest = await read(cwd, "a b/Größe Ⅱ/Mein Fïlter/package.json");
  assert.equal((JSON.parse(manifest) as { name: string }).name, "mein-filter");
});

test("init keeps what npm has written into an otherwise empty folder", async () => {
  const cwd = await freshFolder();
  await mkdir(join(cwd, "node_modules"));
  await mkdir(join(cwd, ".git"));
  await writeFile(
    join(cwd, "package.json"),
    JSON.stringify({
      name: "kept",
      version: "3.2.1",
      main: "index.js",
      type: "commonjs",
      license: "MIT",
      scripts: { test: 'echo "Error: no test specified" && exit 1', lint: "eslint ." },
      dependencies: { "as-proxy-wasm": "file:../x.tgz", left: "1.0.0" },
    }),
  );
  const { exitCode, output } = await init(cwd, "--yes", "--sdk", "^9.9.9");
  assert.equal(exitCode, 0, output);
  const manifest = JSON.parse(await read(cwd, "package.json")) as Record<string, unknown> & {
    scripts: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  assert.equal(manifest["name"], "kept");
  assert.equal(manifest["version"], "3.2.1");
  assert.equal(manifest["license"], "MIT");
  assert.equal(manifest["type"], "module");
  assert.equal(manifest["main"], undefined);
  assert.equal(manifest.scripts["test"], "apw test");
  assert.equal(manifest.scripts["lint"], "eslint .");
  assert.deepEqual(manifest["dependencies"], { left: "1.0.0" });
  assert.equal(manifest.devDependencies["as-proxy-wasm"], "^9.9.9");
});

test("init gives each package manager what it reads", async () => {
  const cwd = await freshFolder();
  const manifests: Record<string, Record<string, unknown>> = {};
  for (const manager of ["npm", "pnpm", "yarn"]) {
    const { exitCode, output } = await init(cwd, manager, "--yes", "--package-manager", manager);
    assert.equal(exitCode, 0, output);
    manifests[manager] = JSON.parse(await read(cwd, `${manager}/package.json`)) as Record<string, unknown>;
    assert.match(await read(cwd, `${manager}/README.md`), new RegExp(`\`${manager} install\``));
  }
  assert.deepEqual(manifests["npm"]!["overrides"], {
    assemblyscript: "$assemblyscript",
    "glob-promise": "6.0.7",
  });
  assert.deepEqual(manifests["yarn"]!["resolutions"], { assemblyscript: "0.28.20", "glob-promise": "6.0.7" });
  const workspace = parse(await read(cwd, "pnpm/pnpm-workspace.yaml")) as Record<string, unknown>;
  assert.deepEqual(workspace["overrides"], { assemblyscript: "0.28.20", "glob-promise": "6.0.7" });
  assert.equal(
    (parse(await read(cwd, "yarn/.yarnrc.yml")) as Record<string, unknown>)["nodeLinker"],
    "node-modules",
  );
});

test("init overwrites nothing, and names what is there", async () => {
  const cwd = await freshFolder();
  await mkdir(join(cwd, "assembly"));
  for (const name of ["a", "b", "c", "d", "e"]) await writeFile(join(cwd, name), name);
  await refuses(
    [".", "--yes"],
    /^this folder is not empty.*\(there is a, assembly, b, c, d and 1 more\): name a folder that is new or empty$/m,
    cwd,
  );
  const outside = await freshFolder();
  await refuses([cwd, "--yes"], /is not empty/, outside);
});

test("init does not take the place of a script that is there", async () => {
  const cwd = await freshFolder();
  await writeFile(join(cwd, "package.json"), JSON.stringify({ scripts: { build: "make" } }));
  await refuses(["--yes"], /^package.json has a script "build" already \(make\)/, cwd);
  await writeFile(join(cwd, "package.json"), "{");
  await refuses(["--yes"], /package.json is not JSON/, cwd);
});

test("init names the templates where one is not known, and the one that was meant", async () => {
  await refuses(
    ["x", "--yes", "--template", "custom-hedder"],
    /^unknown template "custom-hedder": did you mean custom-header\? There are hello, .*, transform$/m,
  );
  await refuses(["x", "--template", "qqqqqqqqqqq"], /^unknown template "qqqqqqqqqqq": there are hello/);
});

test("init refuses names that npm does not take", async () => {
  for (const name of ["", "Upper", "a b", ".hidden", "@a", "@a/b/c", "ä", "node_modules", "a".repeat(215)])
    assert.notEqual(nameProblem(name), null, name);
  for (const name of ["a", "my-filter", "@acme/my.filter", "1", "a_b"])
    assert.equal(nameProblem(name), null, name);
  await refuses(
    ["x", "--yes", "--name", "My Filter"],
    /^"My Filter" is no name for an npm package: lower-case/,
  );
});

test("a folder's name becomes a name as near as may be", () => {
  assert.equal(nameFor("/x/Mein Fïlter!"), "mein-filter");
  assert.equal(nameFor("/x/日本"), "my-filter");
  assert.equal(nameFor("/x/.."), "my-filter");
  assert.equal(nameFor("/x/_a.b-"), "a.b");
  assert.equal(nameFor("/"), "my-filter");
  assert.equal(resourceName("@a/b.c_d"), "b-c-d");
  assert.equal(resourceName("a".repeat(100)).length, 63);
});

test("init refuses other wrong use in one sentence", async () => {
  const cwd = await freshFolder();
  await writeFile(join(cwd, "file"), "");
  await refuses(["file", "--yes"], /^file is a file: name a folder/, cwd);
  await refuses(["file/x", "--yes"], /^file\/x cannot be made: file is a file/, cwd);
  await refuses(
    ["/proc/x", "--yes"],
    /^nothing can be written in \/proc \((ENOENT|EACCES)\): choose another place/,
  );
  await refuses(
    ["/proc/x/y/z", "--yes"],
    /^nothing can be written in \/proc\/x\/y \((ENOENT|EACCES)\): choose/,
  );
  await refuses(
    ["x", "--yes", "--package-manager", "bun"],
    /^unknown package manager "bun": there are npm, pnpm, yarn$/m,
  );
  await refuses(["x", "--tempalte", "hello"], /unknown option '--tempalte'/);
  await refuses(["x", "y", "--yes"], /too many arguments/);
});

test(
  "init refuses to write where it may not",
  { skip: process.getuid?.() === 0 && "root may write anywhere" },
  async () => {
    const cwd = await freshFolder();
    await mkdir(join(cwd, "closed"));
    await chmod(join(cwd, "closed"), 0o500);
    await refuses(["closed/x", "--yes"], /^nothing can be written in .*closed \(EACCES\)/, cwd);
  },
);

test("init asks nothing where there is no terminal: it says what to give", async () => {
  await refuses(
    ["x"],
    /^this is no terminal, .* give --name, --template, --package-manager, or --yes for the defaults$/m,
  );
  await refuses(["x", "--name", "a", "--template", "tcp"], /give --package-manager, or --yes/);
  const cwd = await freshFolder();
  const words = ["x", "--name", "a", "--template", "tcp", "--package-manager", "npm"];
  const { exitCode, output } = await init(cwd, ...words);
  assert.equal(exitCode, 0, output);
});

test("init leaves nothing behind when writing fails midway", async () => {
  const cwd = await freshFolder();
  const { writeProject } = await import("../../cli/init/write.js");
  const files = new Map([
    ["a.txt", "a"],
    ["a.txt/b", "impossible"],
  ]);
  await assert.rejects(writeProject(join(cwd, "new", "project"), files));
  assert.deepEqual(await readdir(cwd), []);
  await mkdir(join(cwd, "there"));
  await assert.rejects(writeProject(join(cwd, "there"), files));
  assert.deepEqual(await readdir(join(cwd, "there")), []);
});
