import { Command, CommanderError } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "./commands/index.js";
import { explain } from "./explain.js";
import { root } from "./root.js";
import { Finding, WrongUse } from "./terminal.js";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const program = new Command("apw")
  .description("Writes, tests and ships proxy-wasm plugins for Envoy and Istio.")
  .version(version, "-V, --version", "prints the version")
  .option("--verbose", "shows where errors come from")
  .helpOption("-h, --help", "shows this")
  .helpCommand("help [command]", "shows what a command does")
  .showSuggestionAfterError(true)
  .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
  .addHelpText(
    "after",
    `
Examples
  apw init my-filter        a new project, ready to run
  apw run --watch           your plugin before an upstream, rebuilt as you write
  apw test                  scenarios on both hosts, and unit tests

apw <command> --help has examples of each command. Exit codes: 0 done, 1 a finding, 2 wrong use.`,
  );

for (const command of commands) program.addCommand(withManners(command));
withManners(program);

/** Throws where commander would end the process, and says in one line what is wrong with the words of the command. */
function withManners(command: Command): Command {
  command.exitOverride();
  command.configureOutput({ outputError: () => {} });
  for (const inner of command.commands) withManners(inner);
  return command;
}

/** Commander answers `help` about a command that there is not with the help of all, as if all were well. */
function knownTopic([word, topic]: readonly string[]): void {
  if (word !== "help" || topic === undefined || topic === "help") return;
  const names = commands.flatMap((command) => [command.name(), ...command.aliases()]);
  if (!names.includes(topic))
    throw new WrongUse(`there is no command ${topic}: there are ${names.join(", ")}`);
}

/** Does what words say, behind `apw`, and sets the exit code of this process. */
export async function perform(words: readonly string[]): Promise<void> {
  try {
    if (words.length === 0) program.outputHelp();
    else {
      knownTopic(words);
      await program.parseAsync(words, { from: "user" });
    }
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
    else if (error instanceof Finding) process.exitCode = 1;
    else {
      const { text, code } = explain(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
      if (text !== "") console.error(text);
      process.exitCode = code;
    }
  }
}
