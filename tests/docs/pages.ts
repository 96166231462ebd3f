import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A page of the built site. */
export interface Page {
  /** Its address from the site's root, such as `reference/apw/build.html`. */
  path: string;
  html: string;
}

export async function pagesIn(site: string): Promise<Page[]> {
  const entries = await readdir(site, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".html"));
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      return { path: relative(site, file).split(sep).join("/"), html: await readFile(file, "utf8") };
    }),
  );
}

/** The values of an attribute in a page. */
export const values = (html: string, attribute: string): string[] =>
  [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, "g"))].map(([, value]) => unescaped(value!));

const unescaped = (text: string) =>
  text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Links of the pages to pages, files and headings of the site that are not there, as `page -> link`. */
export function deadLinks(pages: readonly Page[], files: ReadonlySet<string>): string[] {
  const ids = new Map(pages.map(({ path, html }) => [path, new Set(values(html, "id"))]));
  return pages.flatMap(({ path, html }) => {
    const links = values(html, "href").filter((link) => !/^[a-z]+:|^\/\//.test(link));
    return [...new Set(links)]
      .filter((link) => !leads(link, path, ids, files))
      .map((link) => `${path} -> ${link}`);
  });
}

function leads(
  link: string,
  from: string,
  ids: ReadonlyMap<string, ReadonlySet<string>>,
  files: ReadonlySet<string>,
): boolean {
  const url = new URL(link, `http://site/${from}`);
  const path = decodeURIComponent(url.pathname).slice(1);
  const target = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  const anchor = decodeURIComponent(url.hash.slice(1));
  const there = ids.get(target);
  if (there === undefined) return files.has(target) && anchor === "";
  return anchor === "" || there.has(anchor);
}
