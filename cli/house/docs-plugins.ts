import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { pluginFolders } from "../plugins.js";
import { block, cell, codeCell, plain, table } from "./docs-markdown.js";
import type { Page } from "./docs-reference.js";

interface Schema {
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
  [key: string]: unknown;
}

/** How deep the keys within keys are told of: far enough for all but settings within `overrides`, which are the same. */
const DEEPEST = 4;

/** A page for each plugin of the library: its configuration from its schema, and its scenarios as examples. */
export async function pluginPages(): Promise<Page[]> {
  return Promise.all((await pluginFolders("plugins")).map(pluginPage));
}

async function pluginPage(folder: string): Promise<Page> {
  const name = basename(folder);
  const schema = JSON.parse(await readFile(join(folder, "config.schema.json"), "utf8")) as Schema;
  const rows = keysOf(schema, schema, "", 0);
  const parts = [`# ${name}`];
  if (schema.description) parts.push(plain(schema.description));
  parts.push("## Configuration");
  if (rows.length === 0) parts.push("None.");
  else parts.push(table(["key", "type", "default", "what it says"], rows));
  for (const example of schema.examples ?? []) parts.push(block("json", JSON.stringify(example, null, 2)));
  parts.push("## Examples", await scenariosOf(folder));
  return { path: `plugins/${name}.md`, text: `${parts.join("\n\n")}\n` };
}

function keysOf(schema: Schema, whole: Schema, prefix: string, depth: number): string[][] {
  const rows: string[][] = [];
  for (const [key, raw] of Object.entries(schema.properties ?? {})) {
    const value = resolved(raw, whole);
    const path = prefix + key;
    if (!value.description)
      throw new Error(`the schema of ${whole.title ?? "a plugin"} does not explain ${path}`);
    const isRequired = schema.required?.includes(key) ?? false;
    rows.push([
      codeCell(path),
      cell(typeOf(value, whole)),
      isRequired ? "required" : value.default === undefined ? "" : codeCell(JSON.stringify(value.default)),
      cell(described(value)),
    ]);
    if (depth + 1 >= DEEPEST || key === "overrides") continue;
    const items = value.items ? resolved(value.items, whole) : undefined;
    rows.push(...keysOf(value, whole, `${path}.`, depth + 1));
    if (items) rows.push(...keysOf(items, whole, `${path}[].`, depth + 1));
  }
  return rows;
}

function described({ description, title, examples }: Schema): string {
  const shown = examples?.length ? ` For example \`${JSON.stringify(examples[0])}\`.` : "";
  return `${description ?? title ?? ""}${shown}`;
}

/** A reference within the schema, with what stands beside it. */
function resolved(schema: Schema, whole: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace("#/$defs/", "");
  return { ...(whole.$defs?.[name] ?? {}), ...schema };
}

function typeOf(schema: Schema, whole: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  const range =
    schema.minimum !== undefined || schema.maximum !== undefined
      ? `, ${schema.minimum ?? "any"} to ${schema.maximum ?? "any"}`
      : "";
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "any");
  if (type !== "array") return `${type}${range}`;
  return `list of ${schema.items ? typeOf(resolved(schema.items, whole), whole) : "anything"}`;
}

/** The first scenario of each file in full, and the names of the others. */
async function scenariosOf(folder: string): Promise<string> {
  const files = (await readdir(join(folder, "scenarios"))).filter((file) => file.endsWith(".yaml")).sort();
  if (files.length === 0) throw new Error(`${basename(folder)} has no scenarios, which are its examples`);
  const parts: string[] = [];
  for (const file of files) {
    const text = await readFile(join(folder, "scenarios", file), "utf8");
    const [first, ...others] = parseAllDocuments(text);
    const body = text.split(/^---$/m)[0]!.replace(/^#.*\n/, "");
    const name = (document: typeof first) => String(document!.get("name"));
    parts.push(`### ${plain(name(first))}`, block("yaml", body));
    if (others.length > 0) parts.push(others.map((other) => `- ${plain(name(other))}`).join("\n"));
  }
  return parts.join("\n\n");
}
