import { Command, CommanderError } from "commander";
import { type ScenarioOptions, withScenarioOptions } from "../scenarios/options.js";
import { playScenarios } from "../scenarios/task.js";
import { run, WrongUse } from "../terminal.js";

/** `npm run scenarios`: plays scenarios of plugins on the embedded host and on Envoy. */
const program = withScenarioOptions(
  new Command("npm run scenarios --")
    .description("Plays scenarios on the embedded host and on Envoy, and shows what is not as they say.")
    .argument("[what...]", "files, folders and plugins; those of all plugins in plugins/ without it"),
)
  .configureOutput({ outputError: () => {} })
  .exitOverride()
  .addHelpText(
    "after",
    `
Examples
  npm run scenarios -- hello                                  one plugin's
  npm run scenarios -- --host embedded --watch custom-headers while you write them
  npm run scenarios -- --filter "overrides" --host envoy      some of them, in Envoy alone
  npm run scenarios -- --module mine=build/mine.wasm scenarios/   your own plugin

It ends with 0 when all plays as it says, 1 when something does not, 2 when it was not used in the right way.`,
  );

await run(async () => {
  try {
    program.parse();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw new WrongUse(`${error.message.replace(/^error: /, "")} (--help shows what there is)`);
  }
  return playScenarios(program.args, program.opts<ScenarioOptions>());
});
