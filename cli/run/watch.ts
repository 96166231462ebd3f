import { type FSWatcher, watch } from "chokidar";
import { basename, dirname, join, resolve } from "node:path";
import type { Link } from "./links.js";

/**
 * How long it must be quiet before what has changed is looked at, in milliseconds: editors write in several steps. Chokidar
 * tells of a file once in 50 ms and drops what comes in between, so that it must be looked at later than that.
 */
const settling = 75;

export interface Changed {
  /** Names of those whose module is to be made again. */
  modules: Set<string>;
  /** Names of those whose configuration is to be read again. */
  configurations: Set<string>;
}

/** Watches what the plugins of a run are made of, and their configurations. */
export class Watch {
  private readonly watcher: FSWatcher;
  private changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly links: readonly Link[],
    /** The files that a plugin was made of. */
    private readonly sourcesOf: (name: string) => string[],
    private readonly onChange: (changed: Changed) => void,
  ) {
    const paths = links.flatMap((link) => [...foldersOf(link), ...filesOf(link), ...sourcesOf(link.name)]);
    this.watcher = watch([...new Set(paths)], {
      ignoreInitial: true,
      ignored: isScratch,
    });
    this.watcher.on("all", (_, path) => this.hear(path));
    this.watcher.on("error", () => {}); // a folder that goes away is heard of through its files
  }

  /** Comes back when changes are heard of. */
  ready(): Promise<void> {
    return new Promise((resolve) => this.watcher.once("ready", resolve));
  }

  /** Sources may have come to those that were known. */
  addSources(): void {
    this.watcher.add(this.links.flatMap(({ name }) => this.sourcesOf(name)));
  }

  stop(): Promise<void> {
    clearTimeout(this.timer);
    return this.watcher.close();
  }

  private hear(path: string): void {
    this.changed.add(resolve(path));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const files = [...this.changed];
      this.changed = new Set();
      const concerned = (test: (link: Link, file: string) => boolean) =>
        new Set(this.links.filter((link) => files.some((file) => test(link, file))).map(({ name }) => name));
      const modules = concerned((link, file) => this.isSource(link, file));
      const configurations = concerned(
        ({ source }, file) => source !== undefined && "file" in source && source.file === file,
      );
      if (modules.size + configurations.size > 0) this.onChange({ modules, configurations });
    }, settling);
  }

  private isSource(link: Link, file: string): boolean {
    const { plugin } = link;
    if (plugin.entry === null) return file === plugin.module;
    if (file === join(plugin.cwd, "asconfig.json") || this.sourcesOf(link.name).includes(file)) return true;
    return file.endsWith(".ts") && foldersOf(link).some((folder) => file.startsWith(`${folder}/`));
  }
}

/** Files that come into being here may be what an import was looking for. */
const foldersOf = ({ plugin }: Link): string[] =>
  plugin.entry === null ? [] : [dirname(resolve(plugin.cwd, plugin.entry))];

function filesOf({ plugin, source }: Link): string[] {
  const configuration = source !== undefined && "file" in source ? [source.file] : [];
  return [...configuration, plugin.entry === null ? plugin.module : join(plugin.cwd, "asconfig.json")];
}

/** What editors write beside a file while they save it. */
const isScratch = (path: string) => /^\.|~$|\.sw[a-z]$|^4913$/.test(basename(path));
