import { Command } from "commander";

interface Options {
  config?: string;
  rootId?: string;
  envoy?: string | true;
  at?: string[];
  json?: boolean;
}

/** `apw check`: whether Envoy loads a module, of whatever SDK, and why not. */
export const check = new Command("check")
  .description("says whether Envoy loads a module, of any SDK, and if not, why")
  .argument("<wasm...>", "compiled modules")
  .option("--config <json>", "the plugin's configuration, or a file that has it")
  .option("--root-id <id>", "the name that the plugin is registered under")
  .option("--envoy [path]", "has a real Envoy load it too, and tells both verdicts")
  .option(
    "--at <offset...>",
    "says which line of the source is there, of a module built with --debug; @file or - for a log with a trap",
  )
  .option("--json", "all that was found, for a program; a list where there are several modules")
  .addHelpText(
    "after",
    `
Examples
  apw check build/my-filter.wasm
  apw check filter.wasm --envoy                    a real Envoy's verdict beside apw's
  apw check filter.wasm --config '{"header": "a"}' whether it takes this configuration
  apw check build/my-filter.wasm --at 0x1a2b       the source of a line in the trace of a trap
  apw check build/my-filter.wasm --at @envoy.log   the sources of all traps that Envoy logged
  kubectl logs my-pod -c istio-proxy | apw check build/my-filter.wasm --at -

It ends with 1 when Envoy would not load a module, or should not be given it.`,
  )
  .action(async (files: string[], options: Options) => {
    const { checkCommand } = await import("../check/command.js");
    await checkCommand(files, options);
  });
