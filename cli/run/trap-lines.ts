import { statSync } from "node:fs";
import { type Frame, callbackOf, framesOf, isTrapHead } from "../check/trap.js";
import { Lines } from "../check/where.js";
import type { Emit, RunEvent } from "./events.js";
import type { Link } from "./links.js";

/** How long the next line of a trace may take, in milliseconds: Envoy writes them all at once. */
const pause = 50;

type Log = Extract<RunEvent, { event: "log" }>;

/**
 * Writes the line of the source behind each function in the trace of a trap; says once how such lines are to be had.
 * `buildsOf` gives the modules that were made for a plugin, the newest first: while files are watched a trap may be of
 * one that is being tried, or of a former one that a stream began with.
 */
export function trapLines(
  emit: Emit,
  links: readonly Link[],
  buildsOf: (name: string) => readonly string[] = () => [],
): Emit {
  const known = new KnownLines();
  let builds: Lines[] = [];
  let held: { event: Log; frame: Frame }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isTold = false;

  const begin = (event: Log, callback: string | null) => {
    const own = links.filter(({ name }) => name === event.plugin);
    // Envoy does not say which plugin trapped.
    const modules = (own.length > 0 ? own : links).flatMap((link) =>
      modulesOf(link, callback, buildsOf(link.name)),
    );
    builds = known.of(modules);
  };
  const show = (event: Log, frame: Frame, lines: Lines | undefined) => {
    const place = lines?.at(frame.offset);
    emit({ ...event, message: place?.source ? `${event.message}  ${place.shown}` : event.message });
  };
  const release = () => {
    clearTimeout(timer);
    const trace = held;
    held = [];
    const frames = trace.map(({ frame }) => frame);
    const lines = builds.find((one) => !one.contradict(frames));
    for (const { event, frame } of trace)
      show(event, frame, lines ?? builds.find((one) => !one.contradict([frame])));
  };
  const hear = (event: Log) => {
    const [frame] = framesOf(event.message);
    if (frame === undefined) {
      release();
      const callback = callbackOf(event.message);
      if (callback !== null) begin(event, callback);
      return emit(event);
    }
    if (builds.length === 0) begin(event, null);
    if (builds.length < 2)
      return show(
        event,
        frame,
        builds.find((one) => !one.contradict([frame])),
      );
    // Which build it was is told by all functions together.
    held.push({ event, frame });
    clearTimeout(timer);
    timer = setTimeout(release, pause);
  };

  return (event) => {
    if (event.event !== "log") {
      release();
      return emit(event);
    }
    const isHead = isTrapHead(event.message);
    // Envoy's log comes line by line, too.
    for (const message of isHead ? event.message.split("\n") : [event.message]) hear({ ...event, message });
    if (isTold || !isHead || builds.length > 0) return;
    isTold = true;
    const way = links.some(({ plugin }) => plugin.entry !== null)
      ? "run it with --debug"
      : "build it with apw build --debug";
    emit({
      event: "warning",
      message: `which line trapped is not known without names and a source map: ${way}`,
    });
  };
}

/** Callbacks of a module that is being loaded, before it serves. */
const loading =
  /^(_initialize|_start|main|proxy_on_(vm_start|configure|context_create|memory_allocate)|malloc)$/;

/** Those that may have trapped, the likeliest first. */
function modulesOf({ module, tried }: Link, callback: string | null, builds: readonly string[]): string[] {
  const first = tried === undefined ? [module] : [module, tried];
  if (callback !== null && loading.test(callback)) first.reverse();
  return [...new Set([...first, ...builds])];
}

/** The lines of modules, read again when the source map beside one is another. */
class KnownLines {
  private known = new Map<string, { written: number; lines: Lines | null }>();

  /** Of those that have a source map. */
  of(modules: readonly string[]): Lines[] {
    this.known = new Map(modules.map((module) => [module, this.read(module)]));
    return [...this.known.values()].flatMap(({ lines }) => lines ?? []);
  }

  private read(module: string): { written: number; lines: Lines | null } {
    const written = statSync(`${module}.map`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const before = this.known.get(module);
    return before?.written === written ? before : { written, lines: Lines.of(module) };
  }
}
