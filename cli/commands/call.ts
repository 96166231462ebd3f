import { Command, InvalidArgumentError, Option } from "commander";
import type { CallOptions } from "../call/call.js";
import { withEnvoyOptions } from "../envoy/option.js";

const collect = (value: string, before: string[]): string[] => [...before, value];

const repeated = (flags: string, description: string) =>
  new Option(flags, description).argParser(collect).default([], "none");

function status(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 200 && value <= 599) return value;
  throw new InvalidArgumentError("A status is a number from 200 to 599.");
}

export const call = withEnvoyOptions(
  new Command("call")
    .description("sends one request through a plugin, and shows what came of it")
    .argument("[plugin]", "a bundled plugin, a project's folder or a module; else the project around here")
    .argument("[path]", "the request's path, or a URL; the bytes of a TCP plugin come with -d", "/")
    .option("-X, --request <method>", "GET without it, or POST with -d")
    .addOption(repeated("-H, --header <name: value>", "a header of the request; as often as you like"))
    .option("-d, --data <text>", "the request's body, or @file")
    .addOption(
      repeated("--config <json>", "the plugin's configuration, or the name of a .json or .yaml file"),
    )
    .option("--root-id <name>", "the name of the plugin's root context, where it is not the plugin's")
    .option("--upstream <url>", "the service that answers; else one that says what the next options say")
    .addOption(
      new Option(
        "--upstream-status <code>",
        "the status that the upstream answers with; 200 without it",
      ).argParser(status),
    )
    .addOption(
      repeated("--upstream-header <name: value>", "a header of the upstream's answer; as often as you like"),
    )
    .option("--upstream-body <text>", "the body of the upstream's answer, or @file")
    .addOption(
      repeated("--cluster <name=url>", "where a service is that the plugin calls; as often as you like"),
    )
    .addOption(
      new Option("--host <host>", "who runs the plugin").choices(["embedded", "envoy"]).default("embedded"),
    )
    .addOption(
      new Option("--log-level <level>", "the least level that is shown of what the plugin logs")
        .choices(["trace", "debug", "info", "warn", "error", "critical"])
        .default("info"),
    )
    .option("--trace", "shows every call between host and plugin, with arguments and times, as a tree")
    .option("--debug", "compiles it with names and a source map, so that a trap says its line")
    .option("--json", "prints what came of it for a program"),
)
  .addHelpText(
    "after",
    `
Examples
  apw call hello                                          GET / through a bundled plugin
  apw call . /orders -H 'authorization: Bearer x'         through the project of this folder
  apw call build/mine.wasm / -d '{"a": 1}' --config config.json
  apw call custom-headers --config '{"header_name": "x-a", "header_value": "1"}' --upstream-status 404
  apw call ext-auth --config auth.yaml --cluster auth=http://localhost:9000 --trace
  apw call . /orders --debug                              which line of the source it trapped in
  apw call hello --host envoy --upstream http://localhost:8080

It ends with 0 when there is an answer, whatever its status, 1 when the plugin refuses its configuration or no answer
comes, 2 when it was not used in the right way.`,
  )
  .action(async (plugin: string | undefined, path: string, options: CallOptions) => {
    const { call: play } = await import("../call/call.js");
    // A path alone is for the project around here.
    if (plugin?.startsWith("/") && !plugin.endsWith(".wasm") && path === "/" && !(await isThere(plugin)))
      await play(undefined, plugin, options);
    else await play(plugin, path, options);
  });

async function isThere(path: string): Promise<boolean> {
  const { existsSync } = await import("node:fs");
  return path !== "/" && existsSync(path);
}
