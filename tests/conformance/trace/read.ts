import { decodePairs } from "../../../host/pairs.js";
import { type Argument, callbackLayouts, hostcallLayouts, type Kind } from "../../../cli/call/layout.js";

/** A line of a host's log: one that an instrumented module wrote of itself, or one of the plugin in it. */
export interface LoggedLine {
  level: string;
  text: string;
}

/** One thing that a VM told of. */
interface Event {
  what: "a" | "(" | ")" | ">" | "<";
  name: string;
  values: string[];
}

const pattern = /^@trace ([0-9a-f]{8}) ([a()<>]) ([0-9a-f]{8})(.*)$/;

/** The number of the VM that a line of the trace is of; undefined for any other line. */
export const vmOf = (text: string): string | undefined => /^@trace ([0-9a-f]{8}) /.exec(text)?.[1];

/** A callback or a hostcall in the trace, with all that happened within. */
export interface Entry {
  /** `proxy_on_tick(context=1)`, say, or `proxy_log(level=2, message="hello")`. */
  head: string;
  name: string;
  /** What came back: the status and what the host wrote. */
  answer: string;
  within: (Entry | string)[];
}

/** What one VM told so far. */
export class VmTrace {
  readonly entries: (Entry | string)[] = [];
  /** Whether a stream's context was made in it. */
  servesStreams = false;
  /** How many streams' contexts there are now. */
  openStreams = 0;
  private readonly open: { entry: Entry; sizes: number[] }[] = [];

  /** Lines of the plugin's own in the host's log, as the host wrote them. */
  hear({ level, text }: LoggedLine): void {
    this.add(`| ${level}: ${text}`);
  }

  take({ what, name, values }: Event): void {
    switch (what) {
      case "a":
        return void this.open.at(-1)?.sizes.push(number(values[0]));
      case "(": {
        const args = values.map(number);
        if (name === "proxy_on_context_create" && args[1] !== 0) {
          this.servesStreams = true;
          this.openStreams++;
        }
        if (name === "proxy_on_delete" && args[0] !== 1) this.openStreams--;
        return this.begin(name, shown(callbackLayouts.get(name) ?? [], values, false));
      }
      case ">":
        return this.begin(name, shown(hostcallLayouts.get(name) ?? [], values, false));
      case ")":
        return this.end(name, values.map((value) => String(number(value))).join(" "), []);
      case "<": {
        const [status = "0", ...outs] = values;
        const layout = (hostcallLayouts.get(name) ?? []).filter(({ out }) => out);
        const answer = [String(number(status)), shown(layout, outs, true)].filter((part) => part !== "");
        const sizes = number(status) === 0 ? handedOver(layout, outs) : [];
        return this.end(name, answer.join(" "), sizes);
      }
    }
  }

  private begin(name: string, args: string): void {
    const entry: Entry = { head: `${name}(${args})`, name, answer: "", within: [] };
    this.add(entry);
    this.open.push({ entry, sizes: [] });
  }

  private end(name: string, answer: string, expected: number[]): void {
    const found = this.open.pop();
    // A callback that trapped has no end.
    if (found === undefined || found.entry.name !== name) return this.add(`${name} ended unexpectedly`);
    found.entry.answer = answer;
    if (found.sizes.join() !== expected.join())
      found.entry.answer += ` after allocating [${found.sizes.join(", ")}]`;
  }

  private add(entry: Entry | string): void {
    (this.open.at(-1)?.entry.within ?? this.entries).push(entry);
  }
}

/** What the VMs of one plugin told of, by their numbers, in the order in which they began. */
export class PluginTrace {
  readonly vms = new Map<string, VmTrace>();
  private last: VmTrace | undefined;

  constructor(private readonly names: readonly string[]) {}

  /** A line of the host's log. */
  take(line: LoggedLine): void {
    const found = pattern.exec(line.text);
    if (found === null) return this.last?.hear(line);
    const [, vm = "", what = "", which = "", rest = ""] = found;
    const trace = this.vms.get(vm) ?? new VmTrace();
    this.vms.set(vm, trace);
    this.last = trace;
    const values = rest === "" ? [] : rest.trim().split(" ");
    trace.take({ what: what as Event["what"], name: this.names[parseInt(which, 16)] ?? "?", values });
  }

  get openStreams(): number {
    return [...this.vms.values()].reduce((sum, { openStreams }) => sum + openStreams, 0);
  }
}

const number = (hex = "0"): number => parseInt(hex, 16);

/** Sizes of what was handed over in memory of the module's. */
function handedOver(layout: readonly Argument[], outs: readonly string[]): number[] {
  return layout.flatMap(({ kind }, index) => {
    if (kind === "u32" || kind === "u64") return [];
    const size = sizeOf(outs[index] ?? "");
    return size === 0 ? [] : [size];
  });
}

const sizeOf = (value: string): number =>
  value.startsWith('"#') ? number(value.slice(2, 10)) : (value.length - 1) / 2;

function shown(layout: readonly Argument[], values: readonly string[], out: boolean): string {
  const wanted = layout.filter((entry) => entry.out === out && entry.kind !== "address");
  const parts = values.map((value, index) => {
    const { name = "?", kind = "u32" } = wanted[index] ?? {};
    return `${name}=${valueOf(value, kind)}`;
  });
  return parts.join(out ? " " : ", ");
}

function valueOf(value: string, kind: Kind): string {
  if (!value.startsWith('"'))
    return value.length === 16 ? String(BigInt(`0x${value}`)) : String(number(value));
  if (value.startsWith('"#'))
    return `<${number(value.slice(2, 10))} bytes, sum ${value.slice(10, 18)}> ${textOf(value.slice(18))}`;
  if (kind !== "pairs") return textOf(value.slice(1));
  const pairs = decodePairs(Buffer.from(value.slice(1), "hex"));
  const fields = pairs.map((pair) => pair.map((part) => textOf(Buffer.from(part).toString("hex"))));
  return `{${fields.map(([name = "", field = ""]) => `${name}: ${field}`).join(", ")}}`;
}

/** Bytes as text where they are some; NULs, which separate the segments of paths, are dots then. */
function textOf(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  const text = bytes.toString();
  const isText = Buffer.from(text).equals(bytes) && !/[\u0001-\u0008\u000e-\u001f\u007f]/.test(text);
  if (!isText || /^\0|\0\0/.test(text)) return `<${hex}>`;
  return JSON.stringify(text.replaceAll("\0", "."));
}
