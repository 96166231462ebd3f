import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { root } from "../../cli/root.js";

/** A fenced block of a page. */
export interface Block {
  page: string;
  /** The line of its fence, from 1. */
  line: number;
  /** The first word behind the fence. */
  language: string;
  /** What stands behind it: `no-run: needs a cluster`. */
  note: string;
  text: string;
}

export const isLeftOut = ({ note }: Block): boolean => /^no-run: \S/.test(note);

export const placeOf = ({ page, line }: Block): string => `docs/${page}.md:${line}`;

/** The blocks of all pages in `docs/`, page by page, in their order. */
export async function blocks(): Promise<Block[]> {
  const folder = join(root, "docs");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md")).sort();
  const all = await Promise.all(
    names.map(async (name) => blocksIn(basename(name, ".md"), await readFile(join(folder, name), "utf8"))),
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

/** A plugin that a page has in full, and the scenarios that the page plays with it. */
export interface PagePlugin {
  block: Block;
  /** The name that it registers, which no other in the pages has. */
  name: string;
  scenarios: Block[];
}

const registered = (text: string) => /^register\("([\w-]+)"/m.exec(text)?.[1];

/** The plugins of the pages. A scenario belongs to the plugin before it. */
export function pluginsIn(all: readonly Block[]): PagePlugin[] {
  const plugins: PagePlugin[] = [];
  for (const block of all.filter((each) => !isLeftOut(each))) {
    const name = block.language === "ts" ? registered(block.text) : undefined;
    if (name !== undefined) plugins.push({ block, name, scenarios: [] });
    const last = plugins.at(-1);
    if (isScenario(block) && last?.block.page === block.page) last.scenarios.push(block);
  }
  return plugins;
}

export const isScenario = ({ language, text }: Block): boolean =>
  language === "yaml" && /^name: /m.test(text) && /^(steps|refused):/m.test(text);
