import { Command, InvalidArgumentError, Option } from "commander";
import type { OutputOptions } from "../bench/command.js";
import { duration, numberWithin, wholeNumber } from "../bench/numbers.js";
import type { PluginBenchOptions } from "../bench/plugin-bench.js";
import { withEnvoyOptions } from "../envoy/option.js";
import { isStatusPattern } from "../measure/load/expected.js";

const collected = (text: string, before: string[]): string[] => [...before, text];

function statuses(text: string, before: string[]): string[] {
  const words = text.split(",").map((word) => word.trim());
  if (!words.every(isStatusPattern)) throw new InvalidArgumentError("expected statuses such as 200 or 4xx");
  return [...before, ...words.map((word) => word.toLowerCase())];
}

/** `apw bench`: what a plugin costs, beside the same proxy without it. */
export const bench = withEnvoyOptions(
  new Command("bench")
    .description(
      "measures what a plugin costs: CPU, throughput, latency, memory and start, with and without it",
    )
    .argument("[plugin...]", "projects, bundled plugins or .wasm files; the project around you without any"),
)
  .option(
    "--config <json|file>",
    "what a plugin is told, name=... of several; else what its wasmplugin.yaml says",
    collected,
    [],
  )
  .option(
    "--compare <wasm>",
    "another module, told the same as the first plugin; as often as you like",
    collected,
    [],
  )
  .option("--chain", "also all plugins one behind the other")
  .option(
    "--root-id <name>",
    "the name that root contexts are registered under, where it is not the plugin's",
  )
  .addOption(
    new Option("--host <host>", "envoy, or v8: Node's V8 alone; v8 where there is no Envoy").choices([
      "envoy",
      "v8",
    ]),
  )
  .option("--path <path>", "what is asked for", "/")
  .option("--method <method>", "how; GET without it, POST with a body")
  .option(
    "-H, --header <header>",
    "a header of the request, 'name: value'; as often as you like",
    collected,
    [],
  )
  .option("-d, --data <text|@file>", "the body of the request")
  .option(
    "--status <codes>",
    "which answers count as good, such as 401 or 2xx,404; 2xx and 3xx without it",
    statuses,
    [],
  )
  .addOption(
    new Option(
      "--upstream <who>",
      "who answers: direct (Envoy itself: the least a proxy does), or envoy (a second one behind it); direct without a body",
    ).choices(["direct", "envoy"]),
  )
  .option("--upstream-status <code>", "the status of the answers", wholeNumber(200, 599), 200)
  .option("--upstream-header <header>", "a header of the answers; as often as you like", collected, [])
  .option("--upstream-body-size <bytes>", "the size of the answers", wholeNumber(0, 16 * 1024 * 1024), 2)
  .option(
    "--cluster <name=url>",
    "where a plugin's callouts go, on this machine; as often as you like",
    collected,
    [],
  )
  .option("--rounds <count>", "short rounds, in which every variant has its turn", wholeNumber(1, 1000), 20)
  .option(
    "--starts <count>",
    "how often Envoy is started anew, the rounds divided among them",
    wholeNumber(1, 100),
    4,
  )
  .option("--duration <time>", "of each of the two loads of a round: 400ms, 2s", duration(50, 600_000), 400)
  .option("--connections <count>", "requests at once", wholeNumber(1, 10_000), 16)
  .option(
    "--rate <per second>",
    "of the load that latencies come from; a quarter of what the baseline can do without it",
    numberWithin(1, 1_000_000),
  )
  .option("--concurrency <workers>", "Envoy's worker threads", wholeNumber(1, 64), 1)
  .option("--max-cpu-us <us>", "a finding when more CPU than this is added a request", numberWithin(0, 1e6))
  .option("--max-p99-percent <percent>", "a finding when p99 is more than this longer", numberWithin(0, 1e6))
  .option(
    "--max-loss-percent <percent>",
    "a finding when more of the requests for the same CPU is lost",
    numberWithin(0, 100),
  )
  .option(
    "--max-memory-mb <MiB>",
    "a finding when Envoy takes more than this in addition",
    numberWithin(0, 1e6),
  )
  .option("--json", "prints the whole result for a program")
  .option("--svg <file>", "writes box plots")
  .option("--markdown <file>", "writes a report")
  .addHelpText(
    "after",
    `
Examples
  apw bench                                       the project you are in, some 45 s
  apw bench basic-auth rate-limit --chain         each alone, and one behind the other
  apw bench --compare old.wasm --svg cost.svg     this build beside an older one, or another SDK's
  apw bench --path /admin -H 'authorization: Basic YWRtaW46YWRtaW4=' basic-auth
  apw bench --max-cpu-us 5 --max-p99-percent 20   for CI: exit code 1 when it is more
  apw bench --host v8 --json                      without Envoy: nanoseconds in Node's V8

Every figure comes from many short rounds in which baseline and plugins take turns, and is shown with its confidence:
on a busy machine it says "no measurable difference" rather than something untrue. CPU a request is Envoy's own.`,
  )
  .action(async (words: string[], options: PluginBenchOptions & OutputOptions) => {
    const { benchCommand } = await import("../bench/command.js");
    await benchCommand(words, options);
  });
