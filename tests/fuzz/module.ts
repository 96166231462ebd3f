import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { asc } from "../../cli/project/compile.js";
import { inputsOf } from "../../cli/inputs.js";
import { buildPlugin } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { type Blocks, cover } from "./coverage.js";

/** A module that notes which of its blocks run, ready to be instantiated. */
export interface FuzzedModule {
  module: WebAssembly.Module;
  blocks: Blocks;
}

/** Where modules are kept that were made once, and what long runs found worth keeping. */
export const workFolder = join(root, "build", "fuzz");

/** The parsers of the SDK, one export each. */
export async function parserModule(): Promise<FuzzedModule> {
  const folder = join(root, "tests", "fuzz", "fixtures", "parsers");
  const inputs = (await inputsOf(folder)) + (await inputsOf(join(root, "plugins", "cache")));
  return covered("parsers", inputs, (scratch) => compile(join(folder, "index.ts"), scratch));
}

/** A plugin of the library as it is shipped, but for the notes. */
export async function pluginModule(name: string): Promise<FuzzedModule> {
  const { file, module } = await buildPlugin(name);
  return covered(name, module.sha256, () => readFile(file));
}

/** A plugin that collects garbage after each callback, and overwrites whatever it frees. */
export async function stressedPluginModule(name: string): Promise<FuzzedModule> {
  const folder = join(root, "plugins", name);
  const more = ["--use", "APW_STRESS=1", "--use", "APW_DEBUG=1"];
  return covered(`${name}-stressed`, await inputsOf(folder), (scratch) =>
    compile(join(folder, "index.ts"), scratch, more),
  );
}

/** What asc makes of an entry; nothing of it is left behind. */
async function compile(entry: string, scratch: string, more: string[] = []): Promise<Uint8Array> {
  const output = `${scratch}.compiled`;
  await asc({ cwd: root, entry: relative(root, entry), output, more });
  const bytes = await readFile(output);
  await Promise.all([output, `${output}.read`].map((file) => rm(file, { force: true })));
  return bytes;
}

/** What was made from the same inputs is taken as it is. */
async function covered(
  name: string,
  inputs: string,
  make: (scratch: string) => Promise<Uint8Array>,
): Promise<FuzzedModule> {
  await mkdir(workFolder, { recursive: true });
  const how = await readFile(new URL("coverage.ts", import.meta.url));
  const key = createHash("sha256").update(inputs).update(how).digest("hex").slice(0, 16);
  const file = join(workFolder, `${name}-${key}.wasm`);
  const present = await readFile(file).catch(() => null);
  const blocks = await readFile(`${file}.json`, "utf8").catch(() => null);
  if (present !== null && blocks !== null)
    return { module: new WebAssembly.Module(present), blocks: JSON.parse(blocks) as Blocks };
  const scratch = `${file}.${process.pid}`;
  const made = await cover(await make(scratch));
  await writeFile(`${scratch}.json`, JSON.stringify(made.blocks));
  await writeFile(scratch, made.bytes);
  await rename(`${scratch}.json`, `${file}.json`);
  await rename(scratch, file);
  return { module: new WebAssembly.Module(made.bytes as BufferSource), blocks: made.blocks };
}
