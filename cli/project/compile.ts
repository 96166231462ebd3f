import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, type ModuleFile } from "../module.js";
import { runProgram } from "../spawn.js";
import { MissingPrerequisite } from "../terminal.js";
import { adviceFor, withoutStack } from "./advice.js";
import { asconfigWords } from "./asconfig.js";
import { makeFolder } from "./folder.js";
import type { Read } from "./read.js";
import { removeScratch, scratchFolder } from "../scratch.js";

/** The compiler did not take the source; `message` is what it said, with its code frames. */
export class CompileError extends Error {
  constructor(
    message: string,
    /** What it read before it gave up, where that is known. */
    readonly read?: Read,
  ) {
    super(message);
  }
}

export interface AscOptions {
  /** The project's folder, where its asconfig.json and node_modules are. Paths are relative to it. */
  cwd: string;
  entry: string;
  output: string;
  /** Further options for asc, such as `--target debug`. */
  more?: readonly string[];
}

export interface Compilation {
  /** What the compiler said though it took the source: warnings. */
  said: string;
  read: Read;
}

/** Runs the project's own asc, as `npx asc <entry> -o <output>` does. Throws `CompileError` with what it said. */
export async function asc({ cwd, entry, output, more = [] }: AscOptions): Promise<Compilation> {
  const program = fileURLToPath(new URL("asc.mjs", import.meta.url));
  const listing = resolve(cwd, `${output}.read`);
  const words = [entry, "-o", output, ...asconfigWords(cwd, entry), ...more];
  const args = ["--enable-source-maps", program, compilerOf(cwd), listing, ...words];
  const done = await runProgram(process.execPath, args, { cwd });
  if (done.exitCode !== 0) {
    const said = [
      `${dirname(entry)} does not compile:`,
      withoutStack(done.output),
      ...adviceFor(done.output),
    ];
    const read = await readFile(listing, "utf8").catch(() => undefined);
    throw new CompileError(said.join("\n\n"), read === undefined ? undefined : (JSON.parse(read) as Read));
  }
  return { said: done.output, read: JSON.parse(await readFile(listing, "utf8")) as Read };
}

function compilerOf(folder: string): string {
  try {
    const manifest = createRequire(join(folder, "package.json")).resolve("assemblyscript/package.json");
    return join(dirname(manifest), "dist", "asc.js");
  } catch {
    throw new MissingPrerequisite(`The compiler is not installed in ${folder}: run npm install there.`);
  }
}

/** A set of binaryen's passes that was tried, and what size it gave. */
export interface Tried {
  name: string;
  size: number;
}

/** Binaryen's passes, newer than those in asc, over what asc made: the best of several sets. Gives back what was tried. */
export async function optimise(
  input: string,
  output: string,
  goal: "size" | "speed" = "size",
): Promise<Tried[]> {
  const program = fileURLToPath(new URL("../optimise.mjs", import.meta.url));
  const done = await runProgram(process.execPath, [program, input, output, goal], { cwd: process.cwd() });
  if (done.exitCode !== 0)
    throw new CompileError(`binaryen did not take what asc made:\n${done.output.trimEnd()}`);
  return done.output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Tried);
}

/**
 * What a module is made for: `size` and `speed` go through binaryen, `debug` has names and a source map beside it, and
 * `plain` is what `npx asc` alone makes, the quickest to have.
 */
export type Goal = "size" | "speed" | "debug" | "plain";

export interface MakeOptions {
  cwd: string;
  /** The source, relative to `cwd`. */
  entry: string;
  /** Where the module goes. */
  file: string;
  goal?: Goal;
  /** Throws when the module is not to take its place. */
  accept?: (module: ModuleFile) => void;
}

export interface Made extends Compilation {
  module: ModuleFile;
  /** The source map beside the module; null without one. */
  sourceMap: string | null;
  /** The size of what asc alone made. */
  compiled: number;
  tried: Tried[];
}

/**
 * Compiles a module and gives it its place when all went well: what was there before stays until then, so that several
 * processes may make the same module at the same time.
 */
export async function make({ cwd, entry, file, goal = "size", accept }: MakeOptions): Promise<Made> {
  const [target, name] = [dirname(file), basename(file)];
  await makeFolder(target);
  const scratch = await scratchFolder(join(target, `.${name}-`));
  try {
    // The source map is named in the module, so both are made under their last names.
    const compiled = join(scratch, name);
    const more = goal === "debug" ? ["--target", "debug", "--debug", "--sourceMap"] : [];
    const compilation = await asc({ cwd, entry, output: relative(cwd, compiled), more });
    const bytes = await readFile(compiled);
    const optimised = join(scratch, `optimised-${name}`);
    const isOptimised = goal === "size" || goal === "speed";
    const tried = isOptimised ? await optimise(compiled, optimised, goal) : [];
    const result = isOptimised ? optimised : compiled;
    const module = inspect(await readFile(result));
    accept?.(module);
    const map = goal === "debug" && existsSync(`${compiled}.map`) ? `${file}.map` : null;
    if (map === null) await rm(`${file}.map`, { force: true });
    else await rename(`${compiled}.map`, map);
    await rename(result, file);
    return { ...compilation, module, sourceMap: map, compiled: bytes.length, tried };
  } finally {
    await removeScratch(scratch);
  }
}
