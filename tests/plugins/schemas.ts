import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { pluginFolders } from "../../cli/plugins.js";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** As much of JSON Schema as the plugins' schemas use where they list keys. */
export interface Schema {
  title?: string;
  description?: string;
  type?: string | string[];
  properties?: Record<string, Schema | boolean>;
  /** Of an object whose keys are names of the user's own: what they may be, and their values. */
  patternProperties?: Record<string, Schema | boolean>;
  items?: Schema;
  additionalProperties?: boolean | Schema;
  examples?: Json[];
  default?: Json;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

export interface PluginFolder {
  name: string;
  folder: string;
  schema: Schema;
  isValid: ValidateFunction;
}

/** In ajv's strict mode, which refuses keywords that mean nothing where they stand. */
export const compile = (schema: Schema): ValidateFunction =>
  new Ajv2020({ strict: true, strictTypes: true, strictRequired: false, allErrors: true }).compile(schema);

/** Every plugin of the library, with its schema. */
export async function pluginsWithSchema(): Promise<PluginFolder[]> {
  const plugins: PluginFolder[] = [];
  for (const folder of await pluginFolders("plugins")) {
    const schema = JSON.parse(await readFile(join(folder, "config.schema.json"), "utf8")) as Schema;
    plugins.push({ name: basename(folder), folder, schema, isValid: compile(schema) });
  }
  return plugins;
}

/** The schema that a `$ref` within the document names, with what stands beside the `$ref`. */
export function resolve(document: Schema, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = schema.$ref
    .slice(2)
    .split("/")
    .reduce((at: unknown, name) => (at as Record<string, unknown>)[name], document);
  return { ...resolve(document, found as Schema), ...schema };
}

/** Every key that a configuration can have, with its schema: `headers[].name`. */
export function keysOf(
  document: Schema,
  schema: Schema = document,
  path = "",
): { path: string; key: string; schema: Schema }[] {
  const whole = resolve(document, schema);
  const own = Object.entries(whole.properties ?? {}).flatMap(([key, value]) => {
    if (typeof value === "boolean") return [];
    const place = path === "" ? key : `${path}.${key}`;
    return [{ path: place, key, schema: resolve(document, value) }, ...keysOf(document, value, place)];
  });
  return whole.items ? [...own, ...keysOf(document, whole.items, `${path}[]`)] : own;
}
