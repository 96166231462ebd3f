import { readFile } from "node:fs/promises";
import { breaches } from "../../host/rules.js";
import { inspect, type ModuleFile } from "../module.js";
import { buildPlugin } from "../project/build.js";
import { findPlugin, type Plugin } from "../project/plugin.js";
import { red, step } from "../terminal.js";
import { Finding, WrongUse } from "../terminal.js";
import { buildImage, type Layout } from "./build.js";
import type { Image } from "./image.js";
import { annotationsFor, type Asked, ownerOf, runtimeFor } from "./metadata.js";

/** Options of the commands that make an image. */
export interface MakeOptions extends Asked {
  layout: Layout;
  /** Build an image of a module that hosts would not load. */
  force?: boolean;
  /** Nothing but the result is printed. */
  json?: boolean;
}

export interface Made {
  image: Image;
  plugin: Plugin;
  module: ModuleFile;
  annotations: Record<string, string>;
}

/** The image of a module, a project or a bundled plugin, which is compiled first. */
export async function makeImage(word: string | undefined, options: MakeOptions): Promise<Made> {
  const named = await findPlugin(word);
  const file =
    named.kind === "module" || options.json
      ? await buildPlugin(named)
      : await step(`compiling ${named.name}`, () => buildPlugin(named));
  const bytes = await readFile(file);
  const module = inspect(bytes);
  if (!options.force) complain(module, named.name);
  const plugin = await ownerOf(named);
  const annotations = await annotationsFor(plugin, module, options);
  const created = epoch();
  const image = await buildImage(options.layout, {
    module: bytes,
    annotations,
    runtime: runtimeFor(plugin, module),
    ...(created !== null && { created }),
  });
  return { image, plugin, module, annotations };
}

function complain(module: ModuleFile, name: string): void {
  const found = breaches(module);
  if (found.length === 0) return;
  console.error(`${red(`Hosts would not load ${name}`)}, so no image is made of it (--force makes one):`);
  for (const breach of found) console.error(`  ${breach}`);
  throw new Finding();
}

/** `$SOURCE_DATE_EPOCH`, which tools for reproducible builds set: seconds since 1970. */
function epoch(): Date | null {
  const text = process.env["SOURCE_DATE_EPOCH"];
  if (text === undefined || text === "") return null;
  const date = new Date(Number(text) * 1000);
  if (!/^\d+$/.test(text) || Number.isNaN(date.getTime()))
    throw new WrongUse(`$SOURCE_DATE_EPOCH is ${text}, where it holds seconds since 1970`);
  return date;
}
