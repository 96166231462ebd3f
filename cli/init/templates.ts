import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nearest } from "../../host/nearest.js";
import { bundledPlugins } from "../project/plugin.js";
import { root } from "../root.js";
import { WrongUse } from "../terminal.js";

/** What a project can begin with. */
export interface Template {
  name: string;
  /** What the plugin does, in one line. */
  summary: string;
  /** What its README says of it, in Markdown. */
  about: string;
  filter: "http" | "network";
  /** Paths in the project, and what lies there. */
  files: Map<string, string>;
  /** What it is called in its files. */
  rootId: string;
}

const own = {
  hello: "sets a response header",
  "custom-header": "sets a configured header on responses with listed statuses",
  "auth-callout": "asks a service whether a request may pass",
  "body-rewrite": "replaces texts in the bodies of responses",
  tcp: "a network filter: closes connections by their first bytes, counts the others' bytes",
} as const;

const folder = fileURLToPath(new URL("templates/", import.meta.url));
export const projectFiles = join(folder, "project");

/** The names of all templates with their summaries: those made for it, then the bundled plugins. */
export async function templateNames(): Promise<{ name: string; summary: string; isBundled: boolean }[]> {
  const bundled = (await bundledPlugins()).filter((name) => !(name in own));
  return [
    ...Object.entries(own).map(([name, summary]) => ({ name, summary, isBundled: false })),
    ...(await Promise.all(
      bundled.map(async (name) => ({ name, summary: sentenceOf(await introduction(name)), isBundled: true })),
    )),
  ];
}

/** Throws `WrongUse` where there is none of that name, with all that there are. */
export async function checkTemplate(name: string): Promise<void> {
  const names = (await templateNames()).map((template) => template.name);
  if (names.includes(name)) return;
  const [near] = nearest(name, names);
  const meant = near === undefined ? "there" : `did you mean ${near}? There`;
  throw new WrongUse(`unknown template ${JSON.stringify(name)}: ${meant} are ${names.join(", ")}`);
}

export async function readTemplate(name: string): Promise<Template> {
  await checkTemplate(name);
  return name in own ? ownTemplate(name as keyof typeof own) : bundledTemplate(name);
}

async function ownTemplate(name: keyof typeof own): Promise<Template> {
  const files = await filesIn(join(folder, name));
  const about = files.get("about.md")!.trim();
  files.delete("about.md");
  return {
    name,
    summary: own[name],
    about,
    filter: name === "tcp" ? "network" : "http",
    files,
    rootId: name,
  };
}

/** The sources of a plugin in `assembly/`, and its specs in `tests/`; both import from what lies beside them. */
async function bundledTemplate(name: string): Promise<Template> {
  const files = new Map<string, string>();
  for (const [path, text] of await filesIn(join(root, "plugins", name))) {
    if (path === "README.md") continue;
    files.set(path.endsWith(".ts") ? `assembly/${path}` : path, text);
  }
  for (const [path, text] of await filesIn(specsOf(name))) {
    const own = text.replaceAll(`"../../../../plugins/${name}/`, `"../assembly/`);
    // Some need more than a project has: what only the tests of this package share.
    if (!/from "\.\.\/\.\.\//.test(own)) files.set(`tests/${path}`, own);
  }
  const text = await introduction(name);
  const about = `${text}

It began as the plugin \`${name}\` of as-proxy-wasm: \`node_modules/as-proxy-wasm/plugins/${name}/README.md\` says how that is
configured.`;
  return { name, summary: sentenceOf(text), about, filter: "http", files, rootId: name };
}

/** Where the specs of a plugin lie: beside this file once packed, with the tests in the repository. */
function specsOf(name: string): string {
  const packed = fileURLToPath(new URL(`specs/${name}`, import.meta.url));
  return existsSync(packed) ? packed : join(root, "tests", "unit", "plugins", name);
}

/** The first paragraph of a plugin's README. */
async function introduction(name: string): Promise<string> {
  const text = await readFile(join(root, "plugins", name, "README.md"), "utf8");
  return text.split(/\n{2,}/)[1]?.trim() ?? "";
}

/** The first thing that a paragraph says, without links. */
function sentenceOf(paragraph: string): string {
  const plain = paragraph
    .replace(/\s+/g, " ")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("`", "");
  const first = /^.*?(?=[.:,](?: |$)| \()/.exec(plain)?.[0] ?? plain;
  return first.charAt(0).toLowerCase() + first.slice(1);
}

export async function filesIn(path: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  if (!existsSync(path)) return files;
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  for (const entry of names.filter((each) => each.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = join(entry.parentPath, entry.name);
    files.set(
      file.slice(path.replace(/[\\/]$/, "").length + 1).replaceAll("\\", "/"),
      await readFile(file, "utf8"),
    );
  }
  return files;
}
