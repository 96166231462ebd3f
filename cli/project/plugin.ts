import { existsSync, readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { inspect as readModule } from "../../host/module.js";
import { nearest } from "../../host/nearest.js";
import { root } from "../root.js";
import { WrongUse } from "../terminal.js";
import { requireWasm } from "../words/kind.js";
import { readJson } from "./json.js";
import { readRuntimeConfig, type RuntimeConfig } from "./runtime-config.js";

/** A plugin as somebody names it on the command line: where its module comes from, and what lies beside it. */
export interface Plugin {
  /** What its module, its scenarios' plugin and its filter are called. */
  name: string;
  /** A user's project, one of this package's plugins, or a module that is compiled already. */
  kind: "project" | "bundled" | "module";
  /** Where what belongs to it lies. Of a module: the folder it is in. */
  folder: string;
  /** The folder that asc runs in: where node_modules has the compiler. Of a module: the folder it is in. */
  cwd: string;
  /** The source, relative to `cwd`; null of a module. */
  entry: string | null;
  /** Where the module is, or will be when it is built. */
  module: string;
  /** The schema of its configuration; null when there is none. */
  schema: string | null;
  /** The folder of its scenarios; null when there is none. */
  scenarios: string | null;
  /** What its project says hosts must know; empty where it says nothing. */
  runtime: RuntimeConfig;
}

/** The name that its root context is registered under: the first one, where there are several. */
export const rootIdOf = ({ runtime, name }: Plugin): string => runtime.rootIds?.[0] ?? name;

/** The plugins of this package, by name. */
export async function bundledPlugins(): Promise<string[]> {
  const entries = await readdir(join(root, "plugins"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(root, "plugins", entry.name, "index.ts")))
    .map(({ name }) => name)
    .sort();
}

/**
 * What a word on the command line means: a `.wasm` file, a folder with a project, or the name of a bundled plugin; the
 * project around `from` where there is no word. Throws `WrongUse` where it is none of these.
 */
export async function findPlugin(word?: string, from = process.cwd()): Promise<Plugin> {
  if (word === undefined) return projectAround(from);
  const path = resolve(from, word);
  const bundled = await bundledPlugins();
  // A folder may happen to have the name of a bundled plugin.
  if (bundled.includes(word) && !isProject(path)) return bundledPlugin(word, from);
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return pluginIn(path);
    if (extname(path) === ".wasm") return moduleAt(path, word);
    throw new WrongUse(`${word} is neither a .wasm file nor a folder with a project`);
  }
  if (word.endsWith(".wasm"))
    throw new WrongUse(`there is no ${word}: apw build makes a project's module, at build/<name>.wasm`);
  const [meant] = nearest(word, bundled);
  throw new WrongUse(
    `there is no file or folder ${word}, and no bundled plugin of that name: ${meant === undefined ? `there are ${bundled.join(", ")}` : `did you mean ${meant}?`}`,
  );
}

/** The folder above `from`, or itself, that is an npm project with a plugin's source; null when there is none. */
export function projectFolder(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (isProject(folder)) return folder;
    if (folder === dirname(folder)) return null;
  }
}

const isProject = (folder: string): boolean =>
  existsSync(join(folder, "package.json")) && existsSync(join(folder, "assembly", "index.ts"));

function projectAround(from: string): Plugin {
  const folder = projectFolder(from);
  if (folder === null || folder === root)
    throw new WrongUse(
      `no project here: name a plugin, or make one with \`apw init\` (a project has a package.json and an assembly/index.ts)`,
    );
  return projectIn(folder);
}

function pluginIn(folder: string): Plugin {
  if (dirname(folder) === join(root, "plugins") && existsSync(join(folder, "index.ts")))
    return bundledPlugin(basename(folder), process.cwd());
  if (folder !== root && isProject(folder)) return projectIn(folder);
  throw new WrongUse(`${folder} is no project: it needs a package.json and an assembly/index.ts`);
}

function projectIn(folder: string): Plugin {
  const name = nameIn(folder);
  return {
    name,
    kind: "project",
    folder,
    cwd: folder,
    entry: join("assembly", "index.ts"),
    module: join(folder, "build", `${name}.wasm`),
    ...beside(folder),
  };
}

/** Compiled where the project around `from` can keep it, with the project's compiler; else where this package lies. */
function bundledPlugin(name: string, from: string): Plugin {
  const folder = join(root, "plugins", name);
  const cwd = projectFolder(from) ?? projectAboveThePackage() ?? root;
  return {
    name,
    kind: "bundled",
    folder,
    cwd,
    entry: relative(cwd, join(folder, "index.ts")),
    module: join(cwd, "build", "plugins", `${name}.wasm`),
    ...beside(folder),
  };
}

/** The folder whose node_modules holds this package; null when it lies on its own. */
function projectAboveThePackage(): string | null {
  const above = dirname(root);
  return basename(above) === "node_modules" ? dirname(above) : null;
}

function moduleAt(path: string, word: string): Plugin {
  const bytes = readFileSync(path);
  requireWasm(word, bytes);
  try {
    readModule(bytes);
  } catch (error) {
    const isComponent = Buffer.from(bytes.subarray(4, 8)).toString("hex") === "0d000100";
    throw new WrongUse(
      isComponent
        ? `${word} is a WebAssembly component, which hosts of proxy-wasm do not know: build a core module`
        : `${word} is ${(error as Error).message}: was its build or its download cut short?`,
    );
  }
  const folder = dirname(path);
  return {
    name: basename(path, ".wasm"),
    kind: "module",
    folder,
    cwd: folder,
    entry: null,
    module: path,
    ...beside(folder),
  };
}

function beside(folder: string): Pick<Plugin, "schema" | "scenarios" | "runtime"> {
  const present = (name: string) => (existsSync(join(folder, name)) ? join(folder, name) : null);
  return {
    schema: present("config.schema.json"),
    scenarios: present("scenarios"),
    runtime: readRuntimeConfig(join(folder, "runtime-config.json")),
  };
}

/** The last part of the package's name: `@acme/my-filter` is `my-filter`. */
function nameIn(folder: string): string {
  const file = join(folder, "package.json");
  const { name } = (readJson(file) ?? {}) as { name?: unknown };
  if (name === undefined) return basename(folder);
  if (typeof name !== "string" || !/^[\w.@/~-]+$/.test(name))
    throw new WrongUse(`${file}: name must be a package's name, such as my-filter`);
  return name.split("/").pop()!;
}
