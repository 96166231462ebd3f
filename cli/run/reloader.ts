import { CompileError } from "../project/compile.js";
import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { readConfiguration } from "../words/configuration.js";
import type { Emit } from "./events.js";
import { Refused, type ServingHost } from "./host.js";
import type { Link } from "./links.js";
import type { Modules } from "./modules.js";
import type { Changed } from "./watch.js";

/** Puts what has changed before the host, one thing after the other. What is wrong is told, and what served goes on. */
export class Reloader {
  private waiting: Changed & { since: number } = { ...nothing(), since: 0 };
  private isWorking = false;

  constructor(
    private readonly links: readonly Link[],
    private readonly digests: Map<string, string>,
    private readonly modules: Modules,
    private readonly host: Pick<ServingHost, "replace">,
    private readonly emit: Emit,
    private readonly onCompiled: () => void,
  ) {}

  /** Changes that come while others are dealt with are dealt with after them, together. */
  ask(changed: Changed): void {
    if (this.waiting.modules.size + this.waiting.configurations.size === 0)
      this.waiting.since = performance.now();
    for (const name of changed.modules) this.waiting.modules.add(name);
    for (const name of changed.configurations) this.waiting.configurations.add(name);
    if (!this.isWorking) void this.work();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    while (this.waiting.modules.size + this.waiting.configurations.size > 0) {
      const { modules, configurations, since } = this.waiting;
      this.waiting = { ...nothing(), since: performance.now() };
      for (const link of this.links) {
        if (configurations.has(link.name))
          await this.attempt(link, "configuration", () => this.configure(link, since));
        if (modules.has(link.name)) await this.attempt(link, "compile", () => this.rebuild(link, since));
      }
    }
    this.isWorking = false;
  }

  private async rebuild(link: Link, since: number): Promise<void> {
    const { name, plugin } = link;
    this.emit({ event: "building", plugin: name });
    const { file, sha256 } = await this.modules.make(name, plugin).finally(this.onCompiled);
    if (this.digests.get(name) === sha256) {
      // The same code, from lines that may be others: a comment moves all that follow it.
      await this.modules.giveLines(file, link.module);
      return this.emit({ event: "unchanged", plugin: name });
    }
    link.tried = file;
    await this.host.replace({ ...link, module: file }).finally(() => delete link.tried);
    link.module = file;
    this.modules.serves(name, file);
    this.digests.set(name, sha256);
    this.tell(name, "module", since);
  }

  private async configure(link: Link, since: number): Promise<void> {
    const configuration = await readConfiguration(link.plugin, link.source);
    if (configuration.text === link.configuration.text) return;
    for (const message of configuration.warnings) this.emit({ event: "warning", message });
    await this.host.replace({ ...link, configuration });
    link.configuration = configuration;
    this.tell(link.name, "configuration", since);
  }

  private tell(plugin: string, what: "module" | "configuration", since: number): void {
    this.emit({ event: "rebuilt", plugin, what, milliseconds: Math.round(performance.now() - since) });
  }

  private async attempt(
    { name }: Link,
    step: "compile" | "configuration",
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.emit({ event: "error", kind: kindOf(error, step), plugin: name, message });
    }
  }
}

const nothing = (): Changed => ({ modules: new Set(), configurations: new Set() });

/** What the user has to put right is at fault in the step itself; the rest is the host's. */
function kindOf(error: unknown, step: "compile" | "configuration") {
  const isUsers = [CompileError, MissingPrerequisite, WrongUse].some((type) => error instanceof type);
  if (isUsers) return step;
  return error instanceof Refused ? "refused" : "host";
}
