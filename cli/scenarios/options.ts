import { type Command, InvalidArgumentError, Option } from "commander";
import { type EnvoyChoice, withEnvoyOptions } from "../envoy/option.js";

/** What the commands that play scenarios are told. */
export interface ScenarioOptions extends EnvoyChoice {
  /** Both without it, as far as there is an Envoy. */
  host?: "embedded" | "envoy" | "both";
  filter?: string;
  module: Map<string, string>;
  watch?: boolean;
  junit?: string;
  json?: boolean;
  debug?: boolean;
}

/** Gives a command the options of the runner of scenarios. */
export function withScenarioOptions(command: Command): Command {
  return withEnvoyOptions(
    command
      .addOption(
        new Option("--host <host>", "where scenarios play; both without it").choices([
          "embedded",
          "envoy",
          "both",
        ]),
      )
      .option("--filter <text>", "scenarios that have this text in their file or name")
      .addOption(
        new Option("--module <name=file>", "the module of a plugin; as often as you like")
          .argParser(moduleOf)
          .default(new Map(), "what is compiled from its source"),
      )
      .addOption(
        new Option("--watch", "runs again what a change of sources, scenarios or modules concerns").conflicts(
          "json",
        ),
      )
      .option("--junit <file>", "writes what came of it for a CI server")
      .option("--debug", "compiles with names and source maps, so that a trap says its line")
      .option("--json", "prints what came of it for a program"),
  );
}

function moduleOf(text: string, before: ReadonlyMap<string, string>): Map<string, string> {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined) throw new InvalidArgumentError("expected NAME=FILE");
  return new Map(before).set(name, file);
}
