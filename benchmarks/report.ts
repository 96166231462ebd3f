import { type Panel, svg } from "../cli/bench/svg.js";
import { bytes, estimated, short, whole } from "../cli/bench/words.js";
import type { Summary } from "../cli/measure/summary.js";
import { modulePeers, type PeerName, peerNames, titles, type WorkloadName, workloadNames } from "./names.js";
import { goalTable, machineInWords } from "./readme.js";
import type { EnvoyRun, Result } from "./result.js";
import { tableOf } from "./table.js";

/** The report's files by their names: Markdown, and plots. */
export function report(result: Result): Map<string, string> {
  const plots = plotsOf(result);
  return new Map([["report.md", markdown(result, [...plots.keys()])], ...plots]);
}

const quartiles = ({ median, lowerQuartile, upperQuartile }: Summary, say = short): string =>
  `${say(median)} (${say(lowerQuartile)} to ${say(upperQuartile)})`;

const percent = (spread: number): string => `${short(100 * spread)} %`;

function markdown(result: Result, plots: readonly string[]): string {
  const { minutes, exchangesCompared, machine } = result;
  const warning = result.isWhole ? [] : ["**This is no whole run: it was made to try the script.**"];
  const parts = [
    "# What plugins cost",
    ...warning,
    `${machineInWords(result)}. ${minutes} minutes; before that, ${exchangesCompared} exchanges gave the same with all variants. Programs that wanted to run, a minute's average: ${machine.loadBefore.toFixed(1)} before, ${machine.loadAfter.toFixed(1)} after.`,
    "Figures are medians of rounds, with the quartiles in brackets. Variants are interleaved: each round has all of them, in an order that changes. Costs are compared by their lower quartiles, with 95 % intervals from a bootstrap.",
    "## What to reach",
    goalTable(result),
    ...inV8Parts(result),
    ...wearParts(result),
    ...inEnvoyParts(result),
    ...startParts(result),
    "## Sizes of the modules, in bytes",
    sizes(result),
    ...absentParts(result),
    ...(plots.length > 0 ? ["## Plots", plots.map((name) => `![${name}](${name})`).join("\n\n")] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

function inV8Parts({ v8 }: Result): string[] {
  if (v8.length === 0) return [];
  const rows = v8.map(({ peer, workload, bodyBytes, request }) => [
    bodyBytes > 0 ? `${workload}, ${bytes(bodyBytes)}` : workload,
    titles[peer],
    whole(request.minimum),
    quartiles(request, whole),
    percent(request.spread),
  ]);
  const callbacks = v8
    .filter(({ peer, bodyBytes }) => peer === "as-proxy-wasm" && bodyBytes <= 16 * 1024)
    .map(({ workload, bodyBytes, callbacks }) => [
      bodyBytes > 0 ? `${workload}, ${bytes(bodyBytes)}` : workload,
      Object.entries(callbacks)
        .map(([name, time]) => `${name.replace("proxy_on_", "")} ${whole(time)}`)
        .join(", "),
    ]);
  return [
    "## In Node's V8, with the cheapest possible host",
    "Nanoseconds of processor time a request.",
    tableOf(["workload", "", "least", "median", "spread"], rows),
    "Nanoseconds of each callback of this project's modules, with 256 streams open at once:",
    tableOf(["workload", "callbacks"], callbacks),
  ];
}

function wearParts({ wear }: Result): string[] {
  if (wear.length === 0) return [];
  const rows = wear.map(({ peer, workload, requests, memory, manyOpen, aged, hostCollections }) => [
    workload,
    titles[peer],
    whole(requests),
    memory.map((one) => bytes(one.bytes)).join(", "),
    hostCollections,
    manyOpen === null ? "-" : estimated(manyOpen, "x"),
    estimated(aged, "x"),
  ]);
  return [
    "## After many requests, and with many streams open",
    "Linear memory after 1,000 requests, 10,000 and so on up to all; how often V8 collected its own garbage meanwhile; cost with 10,000 streams open over 10; cost after all requests over that after 1,000. A module's own collections cannot be seen from outside: they are in its times.",
    tableOf(["workload", "", "requests", "linear memory", "collections", "10,000 open", "after all"], rows),
  ];
}

function inEnvoyParts({ envoy }: Result): string[] {
  if (envoy.length === 0) return [];
  return ["## In Envoy", ...envoy.flatMap(runParts)];
}

function runParts(run: EnvoyRun): string[] {
  const rows = run.variants.map((one) => [
    one.name,
    quartiles(one.cpuMicroseconds),
    percent(one.cpuMicroseconds.spread),
    one.against === null ? "-" : estimated(one.against.difference, "us"),
    quartiles(one.throughput, whole),
    quartiles(one.p50),
    quartiles(one.p99),
    bytes(one.resident),
  ]);
  const failures = run.variants.filter((one) => one.failures > 0);
  return [
    `### ${run.title}`,
    `${run.rounds} rounds; latency at ${whole(run.rate)} requests/s, of which one in a hundred left ${short(run.lateness)} ms late or more.`,
    tableOf(["", "CPU us/request", "spread", "adds", "requests/s", "p50 ms", "p99 ms", "memory"], rows),
    ...failures.map((one) => `> ${one.name}: ${one.failures} requests failed.`),
  ];
}

function startParts({ starts }: Result): string[] {
  if (starts.length === 0) return [];
  const bare = starts[0]!.milliseconds.lowerQuartile;
  return [
    "## From the start of Envoy to its first answer",
    tableOf(
      ["", "ms", "over no filter, lower quartiles"],
      starts.map(({ name, milliseconds }) => [
        name,
        quartiles(milliseconds),
        `${short(milliseconds.lowerQuartile - bare)} ms`,
      ]),
    ),
  ];
}

function sizes({ modules }: Result): string {
  const seen = workloadNames.filter((name) => modules.some(({ workload }) => workload === name));
  const sizeOf = (peer: PeerName, name: WorkloadName) =>
    modules.find((one) => one.peer === peer && one.workload === name)?.bytes;
  return tableOf(
    ["", ...modulePeers.map((peer) => titles[peer])],
    seen.map((name) => [
      name,
      ...modulePeers.map((peer) => {
        const size = sizeOf(peer, name);
        return size === undefined ? "-" : whole(size);
      }),
    ]),
  );
}

function absentParts({ absent }: Result): string[] {
  if (absent.length === 0) return [];
  const lines = absent.map(({ peer, workload, reason }) => `- ${workload}, ${titles[peer]}: ${reason}.`);
  return ["## Left out", lines.join("\n")];
}

function plotsOf(result: Result): Map<string, string> {
  const remark = `${machineInWords(result)}; boxes: quartiles and median, lines: extremes`;
  const plots = new Map<string, string>();
  const draw = (name: string, heading: string, panels: Panel[]) => {
    const drawn = panels.filter(({ boxes }) => boxes.length > 0);
    if (drawn.length > 0) plots.set(name, svg(heading, drawn, remark));
  };
  // Those that would push all others to the left are in the tables.
  const shown: readonly PeerName[] = peerNames.filter(
    (peer) => peer !== "go" && peer !== "old-assemblyscript",
  );
  draw(
    "v8.svg",
    "Nanoseconds a request in Node's V8",
    workloadNames.map((name) => ({
      title: name === "body" ? "body of 16 KB" : name,
      boxes: result.v8
        .filter(
          ({ workload, peer, bodyBytes }) =>
            workload === name && shown.includes(peer) && [0, 16384].includes(bodyBytes),
        )
        .map(({ peer, request }) => ({ name: titles[peer], values: request })),
    })),
  );
  draw(
    "envoy-cpu.svg",
    "CPU microseconds a request in Envoy",
    result.envoy.map(({ title, variants }) => ({
      title,
      boxes: variants
        .filter(({ peer }) => peer === null || shown.includes(peer))
        .map(({ name, cpuMicroseconds }) => ({ name, values: cpuMicroseconds })),
    })),
  );
  const headers = result.envoy.find(({ id }) => id === "headers");
  if (headers !== undefined)
    draw(
      "envoy-headers.svg",
      `Envoy: ${headers.title}`,
      (
        [
          ["throughput", "requests a second"],
          ["p50", `p50 in ms, at ${whole(headers.rate)} requests/s`],
          ["p99", `p99 in ms, at ${whole(headers.rate)} requests/s`],
        ] as const
      ).map(([figure, title]) => ({
        title,
        boxes: headers.variants.map((one) => ({ name: one.name, values: one[figure] })),
      })),
    );
  draw("starts.svg", "Milliseconds from the start of Envoy to its first answer", [
    {
      title: "with the header plugin",
      boxes: result.starts.map(({ name, milliseconds }) => ({ name, values: milliseconds })),
    },
  ]);
  return plots;
}
