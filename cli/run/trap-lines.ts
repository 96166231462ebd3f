import { framesOf, isTrapHead } from "../check/trap.js";
import { Lines } from "../check/where.js";
import type { Emit } from "./events.js";
import type { Link } from "./links.js";

/** Writes the line of the source behind each function in the trace of a trap; says once how such lines are to be had. */
export function trapLines(emit: Emit, links: readonly Link[]): Emit {
  const known = new Map<string, Lines | null>();
  const linesOf = ({ module }: Link): Lines | null => {
    if (!known.has(module)) known.set(module, Lines.of(module));
    return known.get(module) ?? null;
  };
  let isTold = false;
  return (event) => {
    if (event.event !== "log") return emit(event);
    const own = links.filter(({ name }) => name === event.plugin);
    // Envoy does not say which plugin trapped.
    const suspects = (own.length > 0 ? own : links).flatMap((link) => linesOf(link) ?? []);
    const withSource = (line: string) => {
      const [frame] = framesOf(line);
      const lines = frame && suspects.find((one) => !one.contradict([frame]));
      const place = frame && lines?.at(frame.offset);
      return place?.source ? `${line}  ${place.shown}` : line;
    };
    // Envoy's log comes line by line, too.
    for (const line of isTrapHead(event.message) ? event.message.split("\n") : [event.message])
      emit({ ...event, message: withSource(line) });
    if (isTold || suspects.length > 0 || !isTrapHead(event.message)) return;
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
