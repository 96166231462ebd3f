import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { commands } from "../../cli/commands/index.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { asc } from "../../cli/project/compile.js";
import { root } from "../../cli/root.js";
import { readScenarios } from "../../cli/scenarios/read.js";
import { runProgram } from "../../cli/spawn.js";
import { apw } from "../cli/apw.js";
import { type Block, blocks, blocksIn, isLeftOut, isScenario, placeOf, pluginsIn } from "./blocks.js";

/** Pages whose commands are run one after the other: see `walk.test.ts`. */
const walked = ["first-plugin"];

const all = await blocks();
const plugins = pluginsIn(all);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-docs-"));
  await mkdir(join(folder, "assembly"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "asconfig.json"), '{ "extends": "as-proxy-wasm/asconfig.json" }\n');
  await writeFile(join(folder, "package.json"), '{ "name": "pages", "private": true, "type": "module" }\n');
});
after(() => rm(folder, { recursive: true, force: true }));

test("every block is of a kind that is checked, or says why it is not", () => {
  const kinds = ["ts", "yaml", "json", "sh", "text"];
  const strange = all.filter((block) => !isLeftOut(block) && !kinds.includes(block.language));
  assert.deepEqual(
    strange.map((block) => `${placeOf(block)} ${block.language}`),
    [],
  );
});

test("commands in the pages are those of apw, with options that they have", () => {
  const others = all.filter(
    (block) => block.language === "sh" && !isLeftOut(block) && !walked.includes(block.page),
  );
  assert.deepEqual(
    others.flatMap((block) => wrongCommands(block.text).map((wrong) => `${placeOf(block)} ${wrong}`)),
    [],
  );
  assert.deepEqual(wrongCommands("apw chek x\napw test --hosts both # all\nnpx apw image push a b\nls\n"), [
    "apw chek x: no command of apw",
    "apw test --hosts both: --hosts is no option",
    "ls: no command of apw",
  ]);
});

test("every block of AssemblyScript is a whole plugin, or says why it is not compiled", () => {
  const whole = new Set(plugins.map(({ block }) => block));
  const others = all.filter(
    (block) =>
      block.language === "ts" && !whole.has(block) && !isLeftOut(block) && !walked.includes(block.page),
  );
  assert.deepEqual(others.map(placeOf), []);
});

test("plugins of the pages have names of their own", () => {
  const names = plugins.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, names.join(", "));
});

describe("the plugins of the pages", () => {
  let module: string;

  test("compile", { timeout: 180_000 }, async () => {
    // One module has all of them, each under its own root id: the compiler starts once.
    const files = plugins.map(({ block, name }) => ({ name, text: block.text }));
    for (const { name, text } of files) await writeFile(join(folder, "assembly", `${name}.ts`), text);
    const imports = files.map(({ name }) => `import "./${name}";\n`).join("");
    await writeFile(join(folder, "assembly", "index.ts"), imports);
    module = join(folder, "pages.wasm");
    await asc({ cwd: folder, entry: "assembly/index.ts", output: "pages.wasm" });
  });

  test("do what their scenarios say, on both hosts", { timeout: 180_000 }, async () => {
    const shown = plugins.filter(({ scenarios }) => scenarios.length > 0);
    for (const { name, scenarios } of shown) {
      await mkdir(join(folder, name, "scenarios"), { recursive: true });
      await writeFile(join(folder, name, "package.json"), JSON.stringify({ name }));
      await mkdir(join(folder, name, "assembly"));
      await writeFile(join(folder, name, "assembly", "index.ts"), "");
      for (const [index, { text }] of scenarios.entries())
        await writeFile(join(folder, name, "scenarios", `${index}.yaml`), text);
    }
    const words = shown.flatMap(({ name }) => ["--module", `${name}=${module}`, join(folder, name)]);
    const { exitCode, stdout, stderr } = await apw("test", "--scenarios", "--host", "both", ...words);
    assert.equal(exitCode, 0, stdout + stderr);
  });
});

test("scenarios without a plugin are what the reader takes", () => {
  const played = new Set(plugins.flatMap(({ scenarios }) => scenarios));
  for (const block of all.filter((each) => isScenario(each) && !played.has(each) && !isLeftOut(each))) {
    assert.doesNotThrow(() => readScenarios(block.text, placeOf(block)));
  }
});

test("other YAML and JSON can be parsed", () => {
  for (const block of all.filter((each) => !isLeftOut(each))) {
    if (block.language === "json") assert.doesNotThrow(() => void JSON.parse(block.text), placeOf(block));
    if (block.language === "yaml")
      for (const document of parseAllDocuments(block.text))
        assert.deepEqual(document.errors.map(String), [], placeOf(block));
  }
});

const manifestKinds = /^apiVersion: (extensions|networking)\.istio\.io\//m;

test("manifests in the pages are such that apw validate finds nothing in them", async () => {
  const manifests = all.filter(
    ({ language, text, note }) => language === "yaml" && note === "" && manifestKinds.test(text),
  );
  assert.notEqual(manifests.length, 0);
  const files = manifests.map((block, index) => ({ block, file: join(folder, `manifest-${index}.yaml`) }));
  for (const { block, file } of files) await writeFile(file, block.text);
  const words = ["--no-images", "--no-tools", "--strict", ...files.map(({ file }) => file)];
  const { exitCode, stdout, stderr } = await apw("validate", ...words);
  const places = files.map(({ block, file }) => `${file} is ${placeOf(block)}`).join("\n");
  assert.equal(exitCode, 0, `${stdout}${stderr}${places}`);
});

test("bootstraps in the pages are such that Envoy starts with them", { timeout: 120_000 }, async () => {
  const bootstraps = all.filter((block) => !isLeftOut(block) && /^static_resources:/m.test(block.text));
  assert.notEqual(bootstraps.length, 0);
  await mkdir(join(folder, "build"), { recursive: true });
  await copyFile(join(root, "build", "plugins", "hello.wasm"), join(folder, "build", "hello.wasm"));
  const envoy = await findEnvoy();
  for (const block of bootstraps) {
    const file = join(folder, "bootstrap.yaml");
    await writeFile(file, block.text);
    const words = ["--mode", "validate", "-c", file];
    const { exitCode, output } = await runProgram(envoy.path, words, { cwd: folder });
    assert.equal(exitCode, 0, `${placeOf(block)}\n${output}`);
  }
});

test("blocks are found with their fences, notes and lines", () => {
  const text = "a\n```sh no-run: needs a cluster\nx\n```\n````text\n```\n````\n";
  const [first, second] = blocksIn("p", text) as [Block, Block];
  assert.deepEqual(first, {
    page: "p",
    line: 2,
    language: "sh",
    note: "no-run: needs a cluster",
    text: "x\n",
  });
  assert.ok(isLeftOut(first) && !isLeftOut(second) && !isLeftOut({ ...first, note: "no-run: " }));
  assert.equal(second.text, "```\n");
});

/** Lines that are no command of `apw`, or have an option that the command does not. */
function wrongCommands(text: string): string[] {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.flatMap((line) => {
    const [program, name, inner, ...rest] = line.replace(/^npx /, "").split(/\s+/);
    const outer = program === "apw" ? commands.find((each) => each.name() === name) : undefined;
    if (outer === undefined) return [`${line}: no command of apw`];
    const command = outer.commands.find((each) => each.name() === inner) ?? outer;
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    const given = [inner, ...rest].filter((word) => word !== undefined && /^--?[a-zA-Z]/.test(word));
    const wrong = given.map((word) => word!.split("=")[0]!).filter((word) => !known.includes(word));
    return wrong.map((word) => `${line}: ${word} is no option`);
  });
}
