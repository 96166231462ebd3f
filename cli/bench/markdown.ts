import type { BenchResult } from "./result.js";
import { bytes, short, whole } from "./words.js";

const cell = (text: string | number): string => String(text).replace(/\|/g, "\\|").replace(/\s+/g, " ");
const row = (cells: readonly (string | number)[]): string => `| ${cells.map(cell).join(" | ")} |`;
const tableOf = (head: string[], rows: (string | number)[][]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

/** A result as a report in Markdown: what was measured, the figures with their quartiles, and what to make of them. */
export function markdown(result: BenchResult): string {
  const { machine, settings, envoy, variants, verdicts, notes, limits } = result;
  const where = `${machine.processor}, ${machine.processors} processors, ${machine.system}, Node ${machine.node}`;
  const parts = [
    `# What ${variants
      .filter(({ kind }) => kind !== "baseline")
      .map(({ name }) => name)
      .join(", ")} costs`,
  ];
  if (settings === null) parts.push(`Node's V8 alone, without a proxy. ${where}.`);
  else
    parts.push(
      `Envoy ${envoy} (${settings.concurrency === 1 ? "1 worker" : `${settings.concurrency} workers`}), ${where}. ${settings.request}, answered by ${settings.upstream}; ${settings.rounds} rounds of 2 x ${settings.milliseconds} ms over ${settings.starts} starts, ${settings.connections} connections; latency at ${whole(settings.rate)} requests/s.`,
    );
  if (verdicts.length > 0) parts.push(verdicts.map(({ name, text }) => `- **${name}** ${text}`).join("\n"));
  if (settings !== null) {
    parts.push("Median (lower quartile to upper quartile) of the rounds:");
    parts.push(
      tableOf(
        ["", "CPU us/request", "requests/s", "p50 ms", "p90 ms", "p99 ms", "memory", "first answer ms"],
        variants.map(({ name, figures, memory, millisecondsToFirstAnswer: start }) => [
          name,
          figures ? quartiles(figures.cpuMicroseconds, short) : "-",
          figures ? quartiles(figures.throughput, whole) : "-",
          figures ? quartiles(figures.p50, short) : "-",
          figures ? quartiles(figures.p90, short) : "-",
          figures ? quartiles(figures.p99, short) : "-",
          memory ? bytes(memory.resident) : "-",
          start ? quartiles(start, short) : "-",
        ]),
      ),
    );
  }
  const guests = variants.flatMap(({ name, guest, size }) => (guest ? [{ name, guest, size }] : []));
  if (guests.length > 0)
    parts.push(
      "The modules alone, in Node's V8 with a host that does next to nothing:",
      tableOf(
        ["", "ns/request", "linear memory", "module"],
        guests.map(({ name, guest, size }) => [
          name,
          quartiles(guest.request, whole),
          bytes(guest.linearMemory),
          bytes(size ?? 0),
        ]),
      ),
    );
  if (limits.length > 0)
    parts.push(
      tableOf(
        ["limit", "", "variant", "measured", ""],
        limits.map(({ option, limit, variant, value, verdict }) => [
          option,
          limit,
          variant,
          short(value),
          verdict,
        ]),
      ),
    );
  if (notes.length > 0) parts.push(notes.map((note) => `> ${note}`).join("\n>\n"));
  return `${parts.join("\n\n")}\n`;
}

const quartiles = (
  { median, lowerQuartile, upperQuartile }: { median: number; lowerQuartile: number; upperQuartile: number },
  say: (value: number) => string,
): string => `${say(median)} (${say(lowerQuartile)} to ${say(upperQuartile)})`;
