import { linesOf } from "./normalise.js";
import { type LoggedLine, PluginTrace, type VmTrace } from "./read.js";
import type { Room } from "./acts.js";

/** The trace of all rooms: lines by `<room>: <act>`, for the VM that serves streams and the others. */
export type Recording = Record<string, string[]>;

/** Hears what a room's VMs and the world outside of them told, act by act. */
export class RoomRecorder {
  readonly trace: PluginTrace;
  private readonly acts: { name: string; upTo: Map<VmTrace, number>; outside: string[] }[] = [];

  constructor(
    private readonly room: Room,
    names: readonly string[],
  ) {
    this.trace = new PluginTrace(names);
  }

  /** How many lines were heard. */
  heard = 0;

  take(line: LoggedLine): void {
    this.heard++;
    this.trace.take(line);
  }

  /** All that was heard since the act before belongs to this one. */
  mark(name: string, outside: string[] = []): void {
    const upTo = new Map([...this.trace.vms.values()].map((vm) => [vm, vm.entries.length]));
    this.acts.push({ name, upTo, outside });
  }

  /** How many ticks there have been. */
  get ticks(): number {
    const serving = this.serving;
    return serving === undefined ? 0 : serving.entries.filter(isTick).length;
  }

  finish(): Recording {
    const found: Recording = {};
    const { serving } = this;
    const others = [...this.trace.vms.values()].filter((vm) => vm !== serving);
    others.forEach((vm, index) => (found[`${this.room.name}: VM ${index + 1}`] = this.lines(vm, 0)));
    let from = 0;
    for (const { name, upTo, outside } of this.acts) {
      const to = serving === undefined ? 0 : (upTo.get(serving) ?? 0);
      found[`${this.room.name}: ${name}`] = [...this.lines(serving, from, to), ...outside];
      from = to;
    }
    if (this.room.unsteadyTicks) found[`${this.room.name}: ticks`] = this.tickLines();
    return found;
  }

  private get serving(): VmTrace | undefined {
    return [...this.trace.vms.values()].findLast(({ servesStreams }) => servesStreams);
  }

  private lines(vm: VmTrace | undefined, from: number, to?: number): string[] {
    const entries = byContext(vm?.entries.slice(from, to) ?? []);
    if (!this.room.unsteadyTicks) return linesOf(entries);
    return linesOf(entries.filter((entry) => !isTick(entry)));
  }

  /** How often which timer is due within one tick depends on when it comes: only what ticks do at all is compared. */
  private tickLines(): string[] {
    const ticks = [...this.trace.vms.values()].flatMap(({ entries }) => entries.filter(isTick));
    const lines = linesOf(ticks).map((line) => line.trim().replace(/\(period=\d+\)/, "(period=<due>)"));
    return [...new Set(lines)].sort();
  }
}

/**
 * Entries in an order that does not depend on when a connection is looked at again: what is told of one stream, stream
 * by stream where there are several, and then how each ended. What the root is told stands where it was.
 */
function byContext(entries: VmTrace["entries"]): VmTrace["entries"] {
  const contextOf = (entry: VmTrace["entries"][number]) =>
    Number(typeof entry === "string" ? 1 : (/^\w+\(context=(\d+)/.exec(entry.head)?.[1] ?? 1));
  const contexts = [...new Set(entries.map(contextOf))]
    .filter((context) => context > 1)
    .sort((a, b) => a - b);
  const isEnd = (entry: VmTrace["entries"][number]) =>
    typeof entry !== "string" && /^proxy_on_(log|done|delete)$/.test(entry.name) && contextOf(entry) > 1;
  const [only] = contexts;
  const first = entries.filter((entry) =>
    contexts.length > 1
      ? contextOf(entry) <= 1
      : contextOf(entry) <= 1 || (contextOf(entry) === only && !isEnd(entry)),
  );
  const rest = contexts.flatMap((context) =>
    entries.filter((entry) => contextOf(entry) === context && (contexts.length > 1 || isEnd(entry))),
  );
  return [...first, ...rest];
}

const isTick = (entry: VmTrace["entries"][number]): boolean =>
  typeof entry !== "string" && entry.name === "proxy_on_tick";

/** Fields as one line. */
export const fieldsLine = (fields: Iterable<[string, string]>): string =>
  [...fields].map(([name, value]) => `${name}: ${value}`).join(" | ");
