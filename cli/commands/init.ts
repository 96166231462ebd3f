import { Command } from "commander";
import type { InitOptions } from "../init/command.js";

export const init = new Command("init")
  .description(
    "makes a project: a plugin that runs, with a scenario, a unit test and what it takes to deploy it",
  )
  .argument(
    "[dir]",
    "where: a folder that is new or empty; without it here when this folder is empty, else in a new one of the plugin's name",
  )
  .option("--name <name>", "what it is called: an npm name; the folder's without it")
  .option(
    "--template <name>",
    "what it begins with: hello, custom-header, auth-callout, body-rewrite, tcp, or a bundled plugin",
  )
  .option("--package-manager <name>", "npm, pnpm or yarn; the one that runs this without it")
  .option("--install", "installs its packages at the end")
  .option("--no-install", "does not, and does not ask")
  .option(
    "--sdk <spec>",
    "where it gets as-proxy-wasm from: a version or a file; where this one is from without it",
  )
  .option("-y, --yes", "asks nothing: what is not said is the default (hello, not installed)")
  .addHelpText(
    "after",
    `
Examples
  apw init my-filter                                    asks, and makes the project in my-filter
  apw init --yes                                        the smallest project, here or in my-filter
  apw init auth --template auth-callout --yes           a filter that asks a service
  apw init limits --template rate-limit --install       a bundled plugin as a start, installed
  npm create as-proxy-wasm my-filter                    the same, where nothing is installed yet

Nothing is overwritten, and all of the project is written or none of it. Ctrl-C at a question ends it with exit code 130.
Where there is no terminal, what is not said is an error unless --yes is.`,
  )
  .action(async (directory: string | undefined, options: InitOptions) => {
    const { init: work } = await import("../init/command.js");
    process.exitCode = await work(directory, options);
  });
