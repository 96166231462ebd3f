import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { root } from "../root.js";
import type { Modules } from "./modules.js";
import { entriesOf } from "./role.js";
import type { PlacedRole } from "./select.js";

/** How long it must be quiet before what has changed is looked at, in milliseconds: editors write in several steps. */
const settling = 100;

/** What every plugin of the library is made from. */
const sources = ["assembly", "transform"].map((folder) => join(root, folder));

const pluginsOf = (role: PlacedRole) => entriesOf(role).map(({ plugin }) => plugin);

/** Which of the scenarios a change of files concerns; modules that are out of date are forgotten. */
export function affected(
  changed: ReadonlySet<string>,
  roles: readonly PlacedRole[],
  modules: Modules,
): PlacedRole[] {
  const files = [...changed];
  const isIn = (folder: string) => files.some((file) => file.startsWith(folder + sep));
  const isStale = (plugin: string) => {
    const given = modules.givenFile(plugin);
    if (given !== undefined) return changed.has(resolve(given));
    const folder = modules.folderOf(plugin);
    if (folder === null) return false;
    return sources.some(isIn) || files.some((file) => file.startsWith(folder + sep) && /\.ts$/.test(file));
  };
  const stale = new Set([...new Set(roles.flatMap(pluginsOf))].filter(isStale));
  for (const plugin of stale) modules.forget(plugin);
  return roles.filter(
    (role) => changed.has(resolve(role.file)) || pluginsOf(role).some((plugin) => stale.has(plugin)),
  );
}

/** Tells of files that change: scenarios, plugins, the SDK, modules. Stops with what comes back. */
export function watchFiles(
  roles: readonly PlacedRole[],
  modules: Modules,
  onChange: (changed: Set<string>) => void,
): () => void {
  const names = [...new Set(roles.flatMap(pluginsOf))];
  const folders = names.flatMap((name) => modules.folderOf(name) ?? []);
  const given = names.flatMap((name) => modules.givenFile(name) ?? []).map((file) => resolve(file));
  const deep = [...folders, ...(folders.length > 0 ? sources : [])];
  const flat = new Set([
    ...roles.map(({ file }) => dirname(resolve(file))),
    ...given.map((file) => dirname(file)),
  ]);
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const hear = (folder: string) => (_: string, name: string | null) => {
    if (name === null || basename(name).startsWith(".")) return;
    changed.add(join(folder, name));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const all = changed;
      changed = new Set();
      onChange(all);
    }, settling);
  };
  const watchers: FSWatcher[] = [
    ...deep.map((folder) => watch(folder, { recursive: true }, hear(folder))),
    ...[...flat].map((folder) => watch(folder, hear(folder))),
  ];
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
