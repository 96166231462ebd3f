import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Plugin } from "../project/plugin.js";

/** How long it must be quiet before a change is told, in milliseconds: editors write in several steps. */
const settling = 80;

export interface Watching {
  /** Watches these files too, wherever they are; what is in packages does not change. */
  add(files: readonly string[]): void;
  stop(): void;
}

/**
 * Tells when a source of a plugin or the compiler's configuration has changed. Folders are watched, not files: editors put
 * a new file in the place of the old one.
 */
export function watchSources(plugin: Plugin, onChange: (changed: string[]) => void): Watching {
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
  /** The names that matter in each folder beyond those. */
  const others = new Map<string, Set<string>>();
  const isOther = (file: string) =>
    relative(sources, file).startsWith("..") &&
    file.endsWith(".ts") &&
    !file.includes(`${sep}node_modules${sep}`);
  return {
    add(files) {
      for (const file of files.filter(isOther)) {
        const folder = dirname(file);
        const known = others.get(folder);
        if (known !== undefined || !existsSync(folder)) {
          known?.add(basename(file));
          continue;
        }
        const names = new Set([basename(file)]);
        others.set(folder, names);
        watchers.push(
          watch(
            folder,
            hear(folder, (name) => names.has(name)),
          ),
        );
      }
    },
    stop() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
