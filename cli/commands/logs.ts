import { Command, InvalidArgumentError, Option } from "commander";
import type { LogsOptions } from "../deploy/logs.js";
import { ofCluster, whole } from "./cluster-options.js";

const goTime = (word: string): string => {
  if (!/^(\d+(ms|s|m|h))+$/.test(word)) throw new InvalidArgumentError("write a time as 30s, 10m or 1h");
  return word;
};

export const logs = ofCluster(new Command("logs"))
  .description("shows what a plugin logged in the proxies of its pods, and nothing else")
  .argument("<name>", "the WasmPlugin")
  .addOption(
    new Option(
      "--level <level>",
      "turns the proxies' wasm logs to this level, and back at the end; with --follow",
    ).choices(["trace", "debug", "info", "warning", "error", "critical"]),
  )
  .option("-f, --follow", "goes on until Ctrl-C")
  .option("--since <time>", "lines of so long ago at most, as 10m", goTime)
  .option(
    "--tail <lines>",
    "of each pod so many lines at most, before others' are taken out",
    whole(0, 1_000_000),
  )
  .option("--all", "every line of the proxies, not the plugin's alone")
  .option("--dry-run", "prints each command that would change something, and changes nothing")
  .addHelpText(
    "after",
    `
The level is that of Envoy's wasm logger: all plugins of these proxies log more meanwhile. A plugin's own log_level may
keep back what the proxy would show.

Examples
  apw logs auth -n shop --since 10m
  apw logs auth -n shop --follow --level debug       back to the old level at Ctrl-C`,
  )
  .action(async (name: string, options: LogsOptions) => {
    const { logs: run } = await import("../deploy/logs.js");
    await run(name, options);
  });
