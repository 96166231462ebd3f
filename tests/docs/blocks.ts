import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { root } from "../../cli/root.js";

/** A fenced block of a page. */
export interface Block {
  /** A guide's name, or README. */
  page: string;
  /** The line of its fence, from 1. */
  line: number;
  /** The first word behind the fence. */
  language: string;
  /** What stands behind it, for the tests: see `walk.ts`. Nobody who reads the page sees it. */
  note: string;
  text: string;
}

export const placeOf = ({ page, line }: Block): string =>
  `${page === "README" ? "README.md" : `docs/${page}.md`}:${line}`;

/** The blocks of the README and of all pages in `docs/`, page by page, in their order. */
export async function blocks(): Promise<Block[]> {
  const folder = join(root, "docs");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md")).sort();
  const files = [join(root, "README.md"), ...names.map((name) => join(folder, name))];
  const all = await Promise.all(
    files.map(async (file) => blocksIn(basename(file, ".md"), await readFile(file, "utf8"))),
  );
  return all.flat();
}

export function blocksIn(page: string, markdown: string): Block[] {
  const found: Block[] = [];
  let open: (Block & { lines: string[]; fence: string }) | undefined;
  markdown.split("\n").forEach((text, index) => {
    const fence = /^(`{3,})(.*)$/.exec(text);
    if (open !== undefined) {
      if (fence && fence[1] === open.fence && fence[2] === "")
        found.push({ ...pick(open), text: `${open.lines.join("\n")}\n` });
      else return void open.lines.push(text);
      open = undefined;
    } else if (fence) {
      const [language = "", ...note] = fence[2]!.trim().split(" ");
      const block = {
        page,
        line: index + 1,
        language: language === "yml" ? "yaml" : language,
        note: note.join(" "),
        text: "",
      };
      open = { ...block, lines: [], fence: fence[1]! };
    }
  });
  return found;
}

const pick = ({ page, line, language, note, text }: Block): Block => ({ page, line, language, note, text });

/** The file that a reader puts the block into, which its first line names. */
export const fileOf = ({ text }: Block): string | undefined =>
  /^(?:\/\/|#) ([\w./-]+\.\w+)\n/.exec(text)?.[1];

/** A plugin that a page has in full, and the scenarios that the page plays with it. */
export interface PagePlugin {
  block: Block;
  /** The name that it registers, which no other in the pages has. */
  name: string;
  scenarios: Block[];
}

const registered = ({ language, text }: Block) =>
  language === "ts" ? /^register\("([\w-]+)"/m.exec(text)?.[1] : undefined;

/** The plugins of the pages. A scenario belongs to the plugin before it. */
export function pluginsIn(all: readonly Block[]): PagePlugin[] {
  const plugins: PagePlugin[] = [];
  for (const block of all) {
    const name = registered(block);
    if (name !== undefined) plugins.push({ block, name, scenarios: [] });
    const last = plugins.at(-1);
    if (isScenario(block) && last?.block.page === block.page) last.scenarios.push(block);
  }
  return plugins;
}

export const isScenario = ({ language, text }: Block): boolean =>
  language === "yaml" && /^name: /m.test(text) && /^(steps|refused):/m.test(text);

/** A whole manifest of Istio's that is as it should be: what a command printed may be shown in parts. */
export const isManifest = ({ language, note, text }: Block): boolean =>
  language === "yaml" &&
  note !== "wrong" &&
  note !== "printed" &&
  /^apiVersion: (extensions|networking)\.istio\.io\//m.test(text);

/** The configuration of an Envoy. */
export const isBootstrap = ({ language, text }: Block): boolean =>
  language === "yaml" && /^static_resources:/m.test(text);

/** Its text is what the last command before it wrote. */
export const isPrinted = ({ language, note }: Block): boolean => language === "text" || note === "printed";

/** What stands in a method of an HTTP context. */
export const isPart = ({ language, note }: Block): boolean => language === "ts" && note === "part";
