import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { Ajv2020, type AnySchema, type ValidateFunction } from "ajv/dist/2020.js";
import { parseDocument } from "yaml";
import { WrongUse } from "../terminal.js";
import { schemaFindings } from "../validate/schema.js";
import { readNamed } from "./file.js";

/** Where a plugin's configuration comes from: the command line itself, or a file. */
export type ConfigurationSource = { text: string } | { file: string };

/** What a plugin is to be told. */
export interface Configuration {
  /** JSON, as the plugin gets it; undefined where it gets none. */
  text: string | undefined;
  /** What is odd about it, and no reason to refuse it. */
  warnings: string[];
}

const fileTypes = [".json", ".yaml", ".yml"];

/**
 * Reads `--config` as often as it was given: `{...}`, `@file`, `file.json` or `file.yaml`, with `name=` before it where
 * there are several plugins. Gives the source for each plugin that has one.
 */
export function readSources(
  values: readonly string[],
  names: readonly string[],
): Map<string, ConfigurationSource> {
  const sources = new Map<string, ConfigurationSource>();
  for (const value of values) {
    const [name, rest] = nameIn(value, names);
    if (sources.has(name)) throw new WrongUse(`--config for ${name} was given twice: which one is it?`);
    sources.set(name, sourceIn(rest));
  }
  return sources;
}

function nameIn(value: string, names: readonly string[]): [name: string, rest: string] {
  const [, word, rest] = /^([\w.@/-]+)=(.*)$/s.exec(value) ?? [];
  if (word !== undefined && names.includes(word)) return [word, rest!];
  if (word !== undefined && !existsSync(resolve(value)))
    throw new WrongUse(`--config ${word}=...: no plugin of that name runs: there is ${names.join(", ")}`);
  if (names.length === 1) return [names[0]!, value];
  throw new WrongUse(
    `--config ${value}: which plugin is it for? Write --config ${names[0]}=... (there are ${names.join(", ")})`,
  );
}

function sourceIn(value: string): ConfigurationSource {
  if (value.trim() === "") throw new WrongUse("--config is empty: write '{}', or the name of a file");
  if (value.startsWith("@")) return { file: present(value.slice(1)) };
  const isText = /^\s*[[{"]/.test(value);
  if (isText) return { text: value };
  if (fileTypes.includes(extname(value)) || existsSync(resolve(value))) return { file: present(value) };
  throw new WrongUse(
    `--config ${value} is neither JSON nor a file: write '{"key": "value"}', or the name of a .json or .yaml file`,
  );
}

function present(path: string): string {
  const file = resolve(path);
  if (path === "" || !existsSync(file))
    throw new WrongUse(`--config names ${path}, and there is no such file`);
  return file;
}

/**
 * The configuration of a plugin, checked by its schema where it has one. Throws `WrongUse` with a line for each mistake,
 * except for keys that nobody knows: plugins take those with a warning too.
 */
export async function readConfiguration(
  plugin: { name: string; schema: string | null },
  source: ConfigurationSource | undefined,
): Promise<Configuration> {
  const where = source === undefined || "text" in source ? `--config of ${plugin.name}` : source.file;
  const text =
    source && ("text" in source ? source.text : (await readNamed(source.file, "--config")).toString());
  // Other SDKs' plugins take any text, and what is in a file of another kind is not ours to judge.
  const isTheirs =
    plugin.schema === null &&
    source !== undefined &&
    "file" in source &&
    !fileTypes.includes(extname(source.file));
  if (isTheirs) return { text, warnings: [] };
  const read = text === undefined ? { json: undefined, value: {} } : parse(text, source!, where);
  if (plugin.schema === null) return { text: read.json, warnings: [] };
  const { mistakes, warnings } = await judge(plugin.schema, read.value);
  if (mistakes.length > 0) {
    const what =
      source === undefined
        ? `${plugin.name} needs a configuration (--config):`
        : `${where} is not what ${plugin.name} takes:`;
    throw new WrongUse(
      [what, ...mistakes.map((line) => `  ${line}`), `  its schema is ${plugin.schema}`].join("\n"),
    );
  }
  return { text: read.json, warnings: warnings.map((line) => `${where}: ${line}`) };
}

/** JSON stays as it was written: its numbers may be longer than those of JavaScript. */
function parse(text: string, source: ConfigurationSource, where: string): { json: string; value: unknown } {
  if (text.trim() === "") throw new WrongUse(`${where} is empty: write {} where there is nothing to say`);
  if ("file" in source && [".yaml", ".yml"].includes(extname(source.file))) {
    const document = parseDocument(text);
    const [error] = document.errors;
    if (error !== undefined)
      throw new WrongUse(`${where} is not YAML: ${error.message.split("\n")[0]!.replace(/:$/, "")}`);
    const value: unknown = document.toJS();
    return { json: JSON.stringify(value), value };
  }
  try {
    return { json: text, value: JSON.parse(text) as unknown };
  } catch (error) {
    const quotes =
      "text" in source && /^\{\s*\w/.test(text) ? " (the shell takes quotes away: put '...' around it)" : "";
    throw new WrongUse(`${where} is not JSON: ${(error as Error).message}${quotes}`);
  }
}

async function judge(
  schemaFile: string,
  value: unknown,
): Promise<{ mistakes: string[]; warnings: string[] }> {
  const findings = schemaFindings(await compiled(schemaFile), value, "config");
  const said = ({ message, proposal }: { message: string; proposal?: string }) =>
    proposal === undefined ? message : `${message}. ${proposal}`;
  const isUnknownKey = ({ rule }: { rule: string }) => rule === "config/unknown-field";
  return {
    mistakes: findings.filter((finding) => !isUnknownKey(finding)).map(said),
    warnings: findings.filter(isUnknownKey).map(said),
  };
}

/** The schema as its author wrote it, who may have written it wrong. */
async function compiled(file: string): Promise<ValidateFunction> {
  const text = (await readNamed(file, "the configuration's schema")).toString();
  try {
    return new Ajv2020({ allErrors: true, strict: false, verbose: true }).compile(
      JSON.parse(text) as AnySchema,
    );
  } catch (error) {
    throw new WrongUse(`${file} is no JSON schema: ${(error as Error).message}`);
  }
}
