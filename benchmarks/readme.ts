import type { Result } from "./result.js";
import { goals } from "./goals.js";
import { tableOf } from "./table.js";

const [begin, end] = ["<!-- measured: begin -->", "<!-- measured: end -->"];

/** The machine in a sentence. */
export const machineInWords = ({ machine }: Result): string =>
  `${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB of memory, ${machine.system}, Node ${machine.node}, Envoy ${machine.envoy}`;

export const goalTable = (result: Result): string =>
  tableOf(
    ["figure", "reach", "measured"],
    goals(result).map(({ figure, goal, measured }) => [figure, goal, measured]),
  );

/** The README with the table of the result between its marks. Throws where they are gone. */
export function fillReadme(text: string, result: Result): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`benchmarks/README.md has lost ${begin} or ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${filled(result)}\n\n${text.slice(to)}`;
}

export function filled(result: Result): string {
  const { machine } = result;
  const load = `${machine.loadBefore.toFixed(1)} programs wanted to run before it began (a minute's average), ${machine.loadAfter.toFixed(1)} when it ended`;
  return `${goalTable(result)}\n\nMeasured on ${machineInWords(result)}. ${load}.`;
}
