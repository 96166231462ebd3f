import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { inputsOf } from "../../cli/inputs.js";
import { root } from "../../cli/root.js";
import { runProgram } from "../../cli/spawn.js";
import { ScriptedHost } from "./scripted-host.js";

/** Constants that `isDefined` sees: freed memory is overwritten, and garbage collected between every two callbacks. */
export const STRESS = ["--use", "APW_STRESS=1", "--use", "APW_DEBUG=1"];

const modules = join(root, "build", "host-tests");
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * The module of a fixture, compiled with asc and these arguments more; what was made from the same inputs is taken as
 * it is. A fixture is the folder's name below `tests/host/fixtures`.
 */
export function fixture(name: string, options: string[] = []): Promise<WebAssembly.Module> {
  const key = [name, ...options.filter((option) => option !== "--use")].join("+");
  let module = compiled.get(key);
  if (module === undefined) compiled.set(key, (module = compile(name, key, options)));
  return module;
}

/** A host with a fixture's module in it. */
export async function hostOf(name: string, options: string[] = []): Promise<ScriptedHost> {
  return new ScriptedHost(await fixture(name, options));
}

async function compile(name: string, key: string, options: string[]): Promise<WebAssembly.Module> {
  const folder = join(root, "tests", "host", "fixtures", name);
  const file = join(modules, `${key.replaceAll("=", "-")}.wasm`);
  const inputs = await inputsOf(folder);
  if ((await readFile(`${file}.inputs`, "utf8").catch(() => "")) !== inputs) {
    await mkdir(modules, { recursive: true });
    const scratch = `${file}.${process.pid}`;
    const compiler = join(root, "node_modules", "assemblyscript", "bin", "asc.js");
    const args = [
      compiler,
      relative(root, join(folder, "index.ts")),
      "-o",
      relative(root, scratch),
      ...options,
    ];
    const { exitCode, output } = await runProgram(process.execPath, args, { cwd: root });
    if (exitCode !== 0) throw new Error(`${name} does not compile:\n${output}`);
    await rename(scratch, file);
    await writeFile(`${file}.inputs`, inputs);
  }
  return new WebAssembly.Module(await readFile(file));
}
