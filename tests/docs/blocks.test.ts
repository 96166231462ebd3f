import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { commands } from "../../cli/commands/index.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { asc } from "../../cli/project/compile.js";
import { root } from "../../cli/root.js";
import { runProgram } from "../../cli/spawn.js";
import { apw } from "../cli/apw.js";
import {
  type Block,
  blocks,
  blocksIn,
  isBootstrap,
  isManifest,
  isPart,
  isScenario,
  placeOf,
  pluginsIn,
} from "./blocks.js";
import { judgeOf } from "./judges.js";
import { notRun } from "./not-run.js";

const everyOne = await blocks();
const left = notRun();
/** Those that are judged. */
const all = everyOne.filter((block) => left.reasonFor(block) === null);
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

test("every block is judged by a test, or the list of those that are not says why", () => {
  const unjudged = (blocks: readonly Block[]) =>
    blocks.filter((block) => judgeOf(block, blocks) === null).map(placeOf);
  assert.deepEqual(unjudged(all), []);
  const page = (text: string) => unjudged(blocksIn("p", text));
  assert.deepEqual(page("```ts\nconst a = 1;\n```\n```text\nsaid\n```\n```yaml\na: 1\n```\n```c\n```\n"), [
    "docs/p.md:1",
    "docs/p.md:4",
    "docs/p.md:7",
    "docs/p.md:10",
  ]);
  assert.deepEqual(page("```sh\nls\n```\n```text\nsaid\n```\n```yaml\n# a.yaml\n```\n"), ["docs/p.md:7"]);
  assert.deepEqual(page("```json\n{}\n```\n```yaml\n# a.yaml\n```\n```sh\ncat a.yaml\n```\n"), [
    "docs/p.md:1",
  ]);
});

test("each entry of that list is about one block, and says why", () => {
  assert.deepEqual(left.unfit(everyOne), []);
  const { unfit } = notRun([
    { page: "first-plugin", line: "npx", why: "x" },
    { page: "none", line: "npx", why: "x" },
  ]);
  assert.equal(unfit(everyOne).length, 2);
});

test("commands in the pages are those of apw, with options that they have", () => {
  const commands = everyOne.filter(({ language }) => language === "sh");
  assert.deepEqual(
    commands.flatMap((block) => wrongCommands(block.text).map((wrong) => `${placeOf(block)} ${wrong}`)),
    [],
  );
  assert.deepEqual(
    wrongCommands("npx apw chek x\nnpx apw test --hosts both # all\nnpx apw image push a b\nls -l\n"),
    ["npx apw chek x: no command of apw", "npx apw test --hosts both: --hosts is no option"],
  );
  assert.deepEqual(wrongCommands("apw test\n"), ["apw test: a project has it as npx apw"]);
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
    const imports = files.map(({ name }) => `import "./${name}";\n`);
    const parts = all.filter(isPart);
    assert.notEqual(parts.length, 0);
    for (const [index, { text }] of parts.entries()) {
      await writeFile(join(folder, "assembly", `part${index}.ts`), await methodWith(text, `part${index}`));
      // What nobody uses is not compiled.
      imports.push(`export { part${index} } from "./part${index}";\n`);
    }
    await writeFile(join(folder, "assembly", "index.ts"), imports.join(""));
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

test(
  "scenarios of pages without a plugin do what they say with the plugin hello",
  { timeout: 180_000 },
  async () => {
    const own = new Set(plugins.flatMap(({ scenarios }) => scenarios));
    const others = all.filter((block) => isScenario(block) && !own.has(block));
    assert.notEqual(others.length, 0);
    const here = join(folder, "hello");
    await mkdir(join(here, "scenarios"), { recursive: true });
    await mkdir(join(here, "assembly"));
    await writeFile(join(here, "package.json"), '{ "name": "hello" }');
    await writeFile(join(here, "assembly", "index.ts"), "");
    for (const [index, { text }] of others.entries())
      await writeFile(join(here, "scenarios", `${index}.yaml`), text);
    const module = `hello=${join(root, "build", "plugins", "hello.wasm")}`;
    const { exitCode, stdout, stderr } = await apw("test", "--scenarios", "--module", module, here);
    assert.equal(exitCode, 0, stdout + stderr);
  },
);

test("manifests in the pages are such that apw validate finds nothing in them", async () => {
  const manifests = all.filter(isManifest);
  assert.notEqual(manifests.length, 0);
  const files = manifests.map((block, index) => ({ block, file: join(folder, `manifest-${index}.yaml`) }));
  for (const { block, file } of files) await writeFile(file, block.text);
  const words = ["--no-images", "--no-tools", "--strict", ...files.map(({ file }) => file)];
  const { exitCode, stdout, stderr } = await apw("validate", ...words);
  const places = files.map(({ block, file }) => `${file} is ${placeOf(block)}`).join("\n");
  assert.equal(exitCode, 0, `${stdout}${stderr}${places}`);
});

test("bootstraps in the pages are such that Envoy starts with them", { timeout: 120_000 }, async () => {
  const bootstraps = all.filter(isBootstrap);
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
  const text = "a\n```sh exit 1\nx\n```\n````text\n```\n````\n";
  const [first, second] = blocksIn("p", text) as [Block, Block];
  assert.deepEqual(first, { page: "p", line: 2, language: "sh", note: "exit 1", text: "x\n" });
  assert.equal(second.text, "```\n");
});

/** The part of a plugin as a module, with all that it takes from the SDK imported. */
async function methodWith(part: string, name: string): Promise<string> {
  const exported = await readFile(join(root, "assembly", "index.ts"), "utf8");
  const words = new Set(part.match(/\b[a-zA-Z]\w*\b/g));
  const taken = [...words].filter((word) => new RegExp(`[{,\\s]${word}[,\\s}]`).test(exported));
  return `import { ${["HttpContext", ...taken].join(", ")} } from "as-proxy-wasm";
class Part extends HttpContext {
  part(): void {
    ${part}
  }
}
export function ${name}(): void {
  new Part().part();
}
`;
}

/** Commands of `apw` that it does not have, or with an option that the command does not have. */
function wrongCommands(text: string): string[] {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.flatMap((line) => {
    const [program, name, inner, ...rest] = line.replace(/^npx /, "").split(/\s+/);
    if (program !== "apw") return [];
    if (!line.startsWith("npx ")) return [`${line}: a project has it as npx apw`];
    const outer = commands.find((each) => each.name() === name);
    if (outer === undefined) return [`${line}: no command of apw`];
    const command = outer.commands.find((each) => each.name() === inner) ?? outer;
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    const given = [inner, ...rest].filter((word) => word !== undefined && /^--?[a-zA-Z]/.test(word));
    const wrong = given.map((word) => word!.split("=")[0]!).filter((word) => !known.includes(word));
    return wrong.map((word) => `${line}: ${word} is no option`);
  });
}
