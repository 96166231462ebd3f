import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { WrongUse } from "../terminal.js";
import { manifestsIn } from "../validate/read.js";
import { schemaFindings } from "../validate/schema.js";
import type { Choices, Target } from "./deployment.js";

/** `apw.yaml`, by its schema. */
export interface ProjectFile {
  namespace?: string;
  target?: Target;
  registry?: string;
  proxyVersion?: string;
  plugins: ProjectPlugin[];
}

export interface ProjectPlugin extends Choices {
  plugin: string;
  target?: Target;
  ports?: number[];
  config?: Record<string, unknown> | string;
  env?: Record<string, string | null>;
  canary?: Canary;
}

export interface Canary {
  image: string;
  sha256?: string;
  labels?: Record<string, string>;
  stableLabels?: Record<string, string>;
}

/** Reads a project's file. Throws `WrongUse` with a line for each mistake. */
export function readProjectFile(file: string): ProjectFile {
  if (!existsSync(file)) throw new WrongUse(`there is no ${file}`);
  if (statSync(file).isDirectory())
    throw new WrongUse(`${file} is a folder, where a file such as apw.yaml is needed`);
  const [manifest, ...more] = manifestsIn(readFileSync(file, "utf8"), file);
  if (manifest === undefined || more.length > 0) throw new WrongUse(`${file} must have one YAML document`);
  const broken = manifest.broken.map(({ line, message }) => `${file}:${line}: ${message}`);
  const schema = JSON.parse(readFileSync(new URL("apw.schema.json", import.meta.url), "utf8")) as object;
  const isProject = new Ajv2020({ allErrors: true, strict: false, verbose: true }).compile(schema);
  const findings = manifest.value === null ? [] : schemaFindings(isProject, manifest.value, "apw");
  const mistakes = findings.map(({ place, message, proposal = "" }) =>
    `${file}:${manifest.lineOf(place)}: ${message}. ${proposal}`.trim(),
  );
  if (broken.length + mistakes.length > 0) throw new WrongUse([...broken, ...mistakes].join("\n"));
  return manifest.value as unknown as ProjectFile;
}

/** A configuration that stands in the file, or in another one beside it. */
export function configOf(config: ProjectPlugin["config"], file: string): Record<string, unknown> | undefined {
  if (typeof config !== "string") return config;
  const path = resolve(dirname(file), config);
  if (!existsSync(path)) throw new WrongUse(`${file}: there is no ${config} for config`);
  return objectIn(readFileSync(path, "utf8"), config);
}

/** JSON or YAML, which must be an object. */
export function objectIn(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new WrongUse(`${what} is neither JSON nor YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WrongUse(`${what} is no object`);
  return value as Record<string, unknown>;
}
