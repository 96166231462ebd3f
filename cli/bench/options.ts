import { type Command, InvalidArgumentError, Option } from "commander";
import { isStatusPattern } from "../measure/load/expected.js";
import { duration, numberWithin, wholeNumber } from "./numbers.js";

/** An option that may be given as often as one likes. */
const list = (flags: string, description: string): Option =>
  new Option(flags, `${description}; as often as you like`).argParser((text: string, before?: string[]) => [
    ...(before ?? []),
    text,
  ]);

function statuses(text: string, before: string[] = []): string[] {
  const words = text.split(",").map((word) => word.trim());
  if (!words.every(isStatusPattern)) throw new InvalidArgumentError("expected statuses such as 200 or 4xx");
  return [...before, ...words.map((word) => word.toLowerCase())];
}

/** What is sent, and which answers count. */
export const withRequestOptions = (command: Command): Command =>
  command
    .optionsGroup("The request:")
    .option("--path <path>", "what is asked for", "/")
    .option("--method <method>", "how; GET without it, POST with a body")
    .addOption(list("-H, --header <header>", "a header of the request, 'name: value'"))
    .option("-d, --data <text|@file>", "its body")
    .addOption(
      new Option(
        "--status <codes>",
        "which answers count as good, such as 401 or 2xx,404; 2xx and 3xx without it",
      ).argParser(statuses),
    )
    .option("--connections <count>", "requests at once; 16, and 100 with --url", wholeNumber(1, 10_000))
    .option(
      "--rate <per second>",
      "of the load that latencies come from; without it a quarter of what the baseline can do, and with --url as fast as it goes",
      numberWithin(1, 1_000_000),
    );

/** A proxy of our own: what it is made of, and how long it is measured. */
export const withProxyOptions = (command: Command): Command =>
  command
    .optionsGroup("What is measured:")
    .addOption(
      list(
        "--config <json|file>",
        "what a plugin is told, name=... of several; else what its wasmplugin.yaml says",
      ),
    )
    .addOption(list("--compare <wasm>", "another module, told the same as the first plugin"))
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
    .addOption(
      new Option(
        "--upstream <who>",
        "who answers: direct (Envoy itself: the least a proxy does), or envoy (a second one behind it); direct without a body",
      ).choices(["direct", "envoy"]),
    )
    .option("--upstream-status <code>", "the status of the answers", wholeNumber(200, 599), 200)
    .addOption(list("--upstream-header <header>", "a header of the answers"))
    .option("--upstream-body-size <bytes>", "the size of the answers", wholeNumber(0, 16 * 1024 * 1024), 2)
    .addOption(list("--cluster <name=url>", "where a plugin's callouts go, on this machine"))
    .option("--concurrency <workers>", "Envoy's worker threads", wholeNumber(1, 64), 1)
    .optionsGroup("How long:")
    .option("--rounds <count>", "short rounds, in which every variant has its turn", wholeNumber(1, 1000), 20)
    .option(
      "--starts <count>",
      "how often Envoy is started anew, the rounds divided among them",
      wholeNumber(1, 100),
      4,
    )
    .addOption(
      new Option("--duration <time>", "of each of the two loads of a round: 300ms, 2s")
        .argParser(duration(50, 600_000))
        .default(400, "400ms"),
    );

/** A service that is deployed: how the plugin is turned off, and how much is sent. */
export const withUrlOptions = (command: Command): Command =>
  command
    .optionsGroup("What is deployed:")
    .option("--url <url>", "measures this with the plugin on and off, in place of a proxy of its own")
    .addOption(
      new Option("--wasmplugin <namespace/name>", "kubectl turns this WasmPlugin off and on again").conflicts(
        ["offUrl", "on", "off"],
      ),
    )
    .addOption(new Option("--off-url <url>", "the same service without the plugin").conflicts(["on", "off"]))
    .option("--off <command>", "turns the plugin off ...")
    .option("--on <command>", "... and on again")
    .addOption(
      new Option("--settle <time>", "what proxies get to take a change")
        .argParser(duration(0, 600_000))
        .default(5000, "5s"),
    )
    .option(
      "--sign <header>",
      "a response header that only the plugin sets: waits until it is there, or gone",
    )
    .option("--requests <count>", "of each side", wholeNumber(1, 10_000_000), 10_000)
    .option("--insecure", "takes any certificate")
    .option("--yes", "the service is yours to load: does not ask");

/** What comes of it. */
export const withResultOptions = (command: Command): Command =>
  command
    .optionsGroup("The result:")
    .option("--json", "prints the whole result for a program")
    .option("--svg <file>", "writes box plots")
    .option("--markdown <file>", "writes a report")
    .option("--max-cpu-us <us>", "a finding when more CPU than this is added a request", numberWithin(0, 1e6))
    .option("--max-p99-percent <percent>", "a finding when p99 is longer by more", numberWithin(0, 1e6))
    .option(
      "--max-loss-percent <percent>",
      "a finding when more is lost of the requests for the same CPU; with --url, of the throughput",
      numberWithin(0, 100),
    )
    .option("--max-memory-mb <MiB>", "a finding when Envoy takes more in addition", numberWithin(0, 1e6));

const ofUrl = ["wasmplugin", "offUrl", "on", "off", "settle", "sign", "requests", "insecure", "yes"];
const ofPlugins = [
  ...["config", "compare", "chain", "rootId", "host", "path", "upstream", "upstreamStatus", "upstreamHeader"],
  ...[
    "upstreamBodySize",
    "cluster",
    "rounds",
    "starts",
    "duration",
    "concurrency",
    "maxCpuUs",
    "maxMemoryMb",
  ],
  ...["envoy", "envoyVersion"],
];

/** The options that were given and do nothing, with or without `--url`. */
export const idleOptions = (command: Command, hasUrl: boolean): string[] =>
  command.options
    .filter((option) => (hasUrl ? ofPlugins : ofUrl).includes(option.attributeName()))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .map(({ long }) => long!);
