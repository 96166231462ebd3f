import { Command, Option } from "commander";
import type { TestOptions } from "../scenarios/task.js";
import { withScenarioOptions } from "../scenarios/options.js";
import { Finding } from "../terminal.js";

export const test = withScenarioOptions(
  new Command("test")
    .description("builds a plugin, plays its scenarios on both hosts, and runs its unit tests")
    .argument(
      "[what...]",
      "projects, bundled plugins, modules, files or folders of scenarios; else the project around here",
    ),
)
  .addOption(new Option("--unit", "the unit tests alone").conflicts("scenarios"))
  .option("--scenarios", "the scenarios alone")
  .addHelpText(
    "after",
    `
Examples
  apw test                                    the project around here, on the embedded host and on Envoy
  apw test --watch --host embedded            again and again while you write it
  apw test scenarios/errors.yaml              the scenarios of a file
  apw test --filter "no token" --host envoy   some of them, in Envoy alone
  apw test rate-limit --envoy-version 1.36.2  a bundled plugin, in another Envoy
  apw test --junit report.xml                 for a CI server
  apw test --module mine=build/mine.wasm scenarios/   a module that something else has built

It ends with 0 when all is as it says, 1 when something is not, 2 when it was not used in the right way.`,
  )
  .action(async (what: string[], options: TestOptions) => {
    const { testProject } = await import("../scenarios/task.js");
    if ((await testProject(what, options)) !== 0) throw new Finding();
  });
