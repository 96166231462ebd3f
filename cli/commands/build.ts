import { Command, Option } from "commander";

interface Options {
  size?: boolean;
  speed?: boolean;
  debug?: boolean;
  force?: boolean;
  watch?: boolean;
  output?: string;
  json?: boolean;
}

/** `apw build`: asc with the project's configuration, then the best of binaryen's passes. */
export const build = new Command("build")
  .description("compiles a plugin to the module that hosts load")
  .argument("[plugin]", "a project's folder or a bundled plugin; the project around you without it")
  .addOption(new Option("--size", "keeps the smallest module of several sets of passes (the default)"))
  .addOption(
    new Option("--speed", "optimises for running time: larger, and mostly no faster by much").conflicts(
      "size",
    ),
  )
  .addOption(
    new Option("--debug", "keeps names and writes a source map, for the traces of traps").conflicts([
      "size",
      "speed",
    ]),
  )
  .option("--force", "compiles also when nothing has changed since the module was made")
  .option("--watch", "builds again whenever a source or asconfig.json changes")
  .option("--output <path>", "the module's file, or a folder for it; build/<name>.wasm without it")
  .option("--json", "what was built, for a program")
  .addHelpText(
    "after",
    `
Examples
  apw build                          the project you are in, to build/<name>.wasm
  apw build --debug                  with names and a source map, which apw check --at reads
  apw build --watch                  again on every change
  apw build basic-auth               a plugin of the library, to build/plugins/basic-auth.wasm
  apw build --json | jq -r .sha256   the digest that a WasmPlugin may name

Plain asc makes a module that hosts load as well; this one is smaller.`,
  )
  .action(async (word: string | undefined, options: Options) => {
    const { buildCommand } = await import("../building/command.js");
    await buildCommand(word, options);
  });
