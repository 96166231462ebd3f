import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../spawn.js";
import { MissingPrerequisite } from "../terminal.js";

/** The compiler did not take the source; `message` is what it said, with its code frames. */
export class CompileError extends Error {}

export interface AscOptions {
  /** The project's folder, where its asconfig.json and node_modules are. Paths are relative to it. */
  cwd: string;
  entry: string;
  output: string;
  /** Further options for asc, such as `--target debug`. */
  more?: readonly string[];
}

/** Runs the project's own asc, as `npx asc <entry> -o <output>` does. Throws `CompileError` with what it said. */
export async function asc({ cwd, entry, output, more = [] }: AscOptions): Promise<void> {
  const done = await runProgram(process.execPath, [compilerOf(cwd), entry, "-o", output, ...more], { cwd });
  if (done.exitCode !== 0)
    throw new CompileError(`${dirname(entry)} does not compile:\n${done.output.trimEnd()}`);
  if (done.output.trim() !== "") process.stderr.write(done.output);
}

function compilerOf(folder: string): string {
  try {
    const manifest = createRequire(join(folder, "package.json")).resolve("assemblyscript/package.json");
    return join(dirname(manifest), "bin", "asc.js");
  } catch {
    throw new MissingPrerequisite(`The compiler is not installed in ${folder}: run npm install there.`);
  }
}

/** Binaryen's passes, newer than those in asc, over what asc made. */
export async function optimise(input: string, output: string): Promise<void> {
  const program = fileURLToPath(new URL("../optimise.mjs", import.meta.url));
  const done = await runProgram(process.execPath, [program, input, output], { cwd: process.cwd() });
  if (done.exitCode !== 0)
    throw new CompileError(`binaryen did not take what asc made:\n${done.output.trimEnd()}`);
}
