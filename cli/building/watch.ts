import { type FSWatcher, existsSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "../project/plugin.js";

/** How long it must be quiet before a change is told, in milliseconds: editors write in several steps. */
const settling = 80;

/**
 * Tells when a source of a plugin or the compiler's configuration has changed. What comes back ends it. Folders are
 * watched, not files: editors put a new file in the place of the old one.
 */
export function watchSources(plugin: Plugin, onChange: (changed: string[]) => void): () => void {
  if (plugin.entry === null) throw new Error(`${plugin.module} has no sources to watch`);
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const hear = (folder: string, matters: (name: string) => boolean) => (_: string, name: string | null) => {
    if (name === null || basename(name).startsWith(".") || !matters(name)) return;
    changed.add(join(folder, name));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const all = [...changed];
      changed.clear();
      onChange(all);
    }, settling);
  };
  const sources = dirname(join(plugin.cwd, plugin.entry));
  const watchers: FSWatcher[] = [
    watch(
      sources,
      { recursive: true },
      hear(sources, (name) => name.endsWith(".ts")),
    ),
  ];
  if (existsSync(plugin.cwd))
    watchers.push(
      watch(
        plugin.cwd,
        hear(plugin.cwd, (name) => name === "asconfig.json" || name === "package.json"),
      ),
    );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
