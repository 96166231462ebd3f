import { table } from "../table.js";
import { bold, dim, green, red, yellow } from "../terminal.js";
import type { BenchResult, Variant } from "./result.js";
import { boxes } from "./boxes.js";
import { bytes, percent, short, whole } from "./words.js";

/** What a result says, for people at a terminal. */
export function shown(result: BenchResult): string {
  const parts = [result.settings === null ? inV8(result) : inEnvoy(result)];
  if (result.notes.length > 0)
    parts.push(result.notes.map((note) => `${yellow("note:")} ${note}`).join("\n"));
  if (result.verdicts.length > 0)
    parts.push(result.verdicts.map(({ name, text }) => `${bold(name)} ${text}`).join("\n"));
  if (result.limits.length > 0) parts.push(result.limits.map(limitLine).join("\n"));
  const failed = result.variants.filter(({ failures }) => Object.keys(failures).length > 0);
  if (failed.length > 0) parts.push(failed.map(failureLine).join("\n"));
  return parts.join("\n\n");
}

export const limitLine = ({
  option,
  variant,
  limit,
  value,
  verdict,
}: BenchResult["limits"][number]): string =>
  ({
    kept: `${green("kept")}   ${option} ${limit}: ${variant} has ${short(value)}`,
    over: `${red("over")}   ${option} ${limit}: ${variant} has ${short(value)}`,
    unsure: `${yellow("unsure")} ${option} ${limit}: ${variant} has ${short(value)}, which may be chance: more --rounds would tell`,
  })[verdict];

export function failureLine({
  name,
  requests,
  failures,
}: Pick<Variant, "name" | "requests" | "failures">): string {
  const said = Object.entries(failures).map(([why, count]) => `${whole(count)} x ${why}`);
  return `${red("errors")} ${name}: of ${whole(requests)} requests ${said.join(", ")}`;
}

function inEnvoy({ variants, settings, envoy, machine }: BenchResult): string {
  const { rounds, starts, milliseconds, connections, concurrency, rate, request, upstream } = settings!;
  const head = [
    `Envoy ${envoy}, ${concurrency === 1 ? "1 worker" : `${concurrency} workers`}, on ${machine.processors} processors; ${request}; answered by ${upstream}`,
    `${rounds} rounds of 2 x ${milliseconds} ms for each, over ${starts === 1 ? "1 start" : `${starts} starts`}; ${connections} connections; latency at ${whole(rate)} requests/s`,
  ];
  const rows = variants.map((variant) => {
    const { figures, against, memory, guest } = variant;
    const start = variant.millisecondsToFirstAnswer;
    return [
      variant.name,
      figures ? short(figures.cpuMicroseconds.lowerQuartile) : "-",
      against ? interval(against.cpuMicroseconds.difference) : "",
      figures ? whole(figures.throughput.upperQuartile) : "-",
      figures ? short(figures.p50.lowerQuartile) : "-",
      figures ? short(figures.p90.lowerQuartile) : "-",
      figures ? short(figures.p99.lowerQuartile) : "-",
      memory ? bytes(memory.resident) : "-",
      start ? short(start.lowerQuartile) : "-",
      guest ? whole(guest.request.lowerQuartile) : "",
      guest ? bytes(guest.linearMemory) : "",
      variant.size === null ? "" : bytes(variant.size),
    ];
  });
  const columns = [
    "",
    "CPU us/request",
    "more than baseline",
    "requests/s",
    "p50 ms",
    "p90 ms",
    "p99 ms",
    "memory",
    "start ms",
    "V8 ns",
    "VM memory",
    "module",
  ];
  const legend = dim(
    "Costs are lower quartiles of the rounds, requests/s the upper one; in brackets 95 % confidence. start: to the first answer. V8 ns: the module alone, a request.",
  );
  const charts = [
    boxes("CPU us/request", variants, "cpuMicroseconds"),
    boxes("p99 ms", variants, "p99"),
  ].filter((chart) => chart !== "");
  return [head.join("\n"), `${table(columns, rows)}\n${legend}`, ...charts].join("\n\n");
}

const interval = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `${value < 0 ? "" : "+"}${short(value)} (${short(low)}..${short(high)})`;

function inV8({ variants, machine }: BenchResult): string {
  const names = [...new Set(variants.flatMap(({ guest }) => Object.keys(guest?.callbacks ?? {})))];
  const rows = variants.map(({ name, guest, size }) => [
    name,
    guest ? whole(guest.request.lowerQuartile) : "-",
    guest ? percent(guest.request.spread) : "-",
    ...names.map((callback) =>
      guest?.callbacks[callback] === undefined ? "" : whole(guest.callbacks[callback]),
    ),
    guest ? bytes(guest.linearMemory) : "-",
    bytes(size ?? 0),
  ]);
  const columns = [
    "",
    "ns/request",
    "spread",
    ...names.map((name) => name.replace(/^proxy_on_/, "")),
    "VM memory",
    "module",
  ];
  return `Node ${machine.node}'s V8 alone, without a proxy\n\n${table(columns, rows)}`;
}
