import { Command } from "commander";
import type { OutputOptions } from "../bench/command.js";
import {
  idleOptions,
  withProxyOptions,
  withRequestOptions,
  withResultOptions,
  withUrlOptions,
} from "../bench/options.js";
import type { PluginBenchOptions } from "../bench/plugin-bench.js";
import type { UrlOptions } from "../bench/url/url-command.js";
import { withEnvoyOptions } from "../envoy/option.js";
import { WrongUse } from "../terminal.js";

const named = new Command("bench")
  .description(
    "measures what a plugin costs: CPU, throughput, latency, memory and start, with and without it",
  )
  .argument("[plugin...]", "projects, bundled plugins or .wasm files; the project around you without any");

/** `apw bench`: what a plugin costs, beside the same proxy without it. */
export const bench = withResultOptions(
  withUrlOptions(withRequestOptions(withEnvoyOptions(withProxyOptions(named)))),
)
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
  apw bench --url https://shop.example.com/items --wasmplugin shop/basic-auth
                                                  what is deployed: 10,000 requests with it and without
  apw bench --url http://127.0.0.1:10000/ --off-url http://127.0.0.1:10001/

Every figure comes from many short rounds in which baseline and plugins take turns, and is shown with its confidence:
on a busy machine it says "no measurable difference" rather than something untrue. CPU a request is Envoy's own.`,
  )
  .action(async (words: string[], given: Given, command: Command) => {
    const { url, connections } = given;
    const lists = { config: [], compare: [], header: [], upstreamHeader: [], cluster: [], status: [] };
    const options = { ...lists, ...given };
    const [idle] = idleOptions(command, url !== undefined);
    if (idle !== undefined)
      throw new WrongUse(url === undefined ? `${idle} goes with --url` : `${idle} does not go with --url`);
    if (url === undefined) {
      const { benchCommand } = await import("../bench/command.js");
      return benchCommand(words, { ...options, connections: connections ?? 16 });
    }
    if (words.length > 0) throw new WrongUse(`--url measures what is deployed: leave out ${words.join(" ")}`);
    const { benchUrl } = await import("../bench/url/url-command.js");
    await benchUrl({ ...options, url, connections: connections ?? 100 });
  });

type Lists = "config" | "compare" | "header" | "upstreamHeader" | "cluster" | "status";

/** What commander gives: what may be given often is absent where it was not given. */
type Given = Omit<PluginBenchOptions & UrlOptions & OutputOptions, "connections" | "url" | Lists> &
  Partial<Pick<PluginBenchOptions, Lists>> & { connections?: number; url?: string };
