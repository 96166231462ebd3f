import { Command } from "commander";
import { commands as allCommands } from "../commands/index.js";
import { block, plain } from "./docs-markdown.js";
import type { Page } from "./docs-reference.js";

/** A page for each command of `apw`, from its help. Throws where that does not explain something. */
export function commandPages(commands: readonly Command[] = allCommands): Page[] {
  // The words before a command are part of its usage.
  const program = new Command("apw");
  for (const command of commands) program.addCommand(command);
  return commands.map((command) => ({
    path: `apw/${command.name()}.md`,
    text: `# apw ${command.name()}\n\n${section(command)}\n`,
  }));
}

function section(command: Command): string {
  for (const { description, flags } of [
    { description: command.description(), flags: "it" },
    ...command.options,
    ...command.registeredArguments.map((each) => ({ description: each.description, flags: each.name() })),
  ])
    if (description === "") throw new Error(`the help of apw ${command.name()} does not explain ${flags}`);
  const inner = command.commands.map((each) => `## ${command.name()} ${each.name()}\n\n${section(each)}`);
  return [`It ${plain(command.description())}.`, block("text", helpOf(command)), ...inner].join("\n\n");
}

/** What `--help` prints, as wide as the page. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 96,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}
