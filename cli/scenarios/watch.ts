import { existsSync, type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Modules } from "./modules.js";
import { entriesOf } from "./role.js";
import type { PlacedRole } from "./select.js";

/** How long it must be quiet before what has changed is looked at, in milliseconds: editors write in several steps. */
const settling = 100;

const pluginsOf = (role: PlacedRole) => entriesOf(role).map(({ plugin }) => plugin);

/** Which of the scenarios a change of files concerns; modules that are out of date are forgotten. */
export function affected(
  changed: ReadonlySet<string>,
  roles: readonly PlacedRole[],
  modules: Modules,
): PlacedRole[] {
  const files = [...changed];
  const isSource = (file: string) => !/\.(ya?ml|md)$/.test(file);
  const isStale = (plugin: string) =>
    modules
      .inputs(plugin)
      .some(
        (input) => changed.has(input) || files.some((file) => file.startsWith(input + sep) && isSource(file)),
      );
  const stale = new Set([...new Set(roles.flatMap(pluginsOf))].filter(isStale));
  for (const plugin of stale) modules.forget(plugin);
  return roles.filter(
    (role) => changed.has(resolve(role.file)) || pluginsOf(role).some((plugin) => stale.has(plugin)),
  );
}

/** Tells of files that change: scenarios, plugins, the SDK, modules, and in `more` folders. Stops with what comes back. */
export function watchFiles(
  roles: readonly PlacedRole[],
  modules: Modules,
  more: readonly string[],
  onChange: (changed: Set<string>) => void,
): () => void {
  const names = [...new Set(roles.flatMap(pluginsOf))];
  const inputs = [...new Set(names.flatMap((name) => modules.inputs(name)))].filter((path) =>
    existsSync(path),
  );
  const isFolder = (path: string) => statSync(path).isDirectory();
  const deep = [...inputs.filter(isFolder), ...more];
  const flat = new Set([
    ...roles.map(({ file }) => dirname(resolve(file))),
    ...inputs.filter((path) => !isFolder(path)).map((file) => dirname(file)),
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
