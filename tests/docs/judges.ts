import {
  type Block,
  fileOf,
  isBootstrap,
  isManifest,
  isPart,
  isPrinted,
  isScenario,
  pluginsIn,
} from "./blocks.js";

/** What judges a block of these pages: words for a person, or null when nothing does. */
export function judgeOf(block: Block, all: readonly Block[]): string | null {
  const page = all.filter((each) => each.page === block.page);
  const behind = page.slice(page.indexOf(block) + 1);
  if (isPrinted(block)) {
    const isSaid = page.some((each) => isCommand(each) && each.line < block.line);
    return isSaid ? "compared with what the command before it prints, by the walk" : null;
  }
  if (isCommand(block)) return "run, by the walk";
  if (isScenario(block)) return "played on both hosts";
  if (isManifest(block)) return "judged by apw validate";
  if (isBootstrap(block)) return "judged by Envoy";
  if (pluginsIn([block]).length === 1) return "compiled, and played with the scenarios behind it";
  if (isPart(block)) return "compiled, as the body of a method";
  const isUsed = fileOf(block) !== undefined && behind.some(isCommand);
  return isUsed ? "put into its file by the walk, for the commands behind it" : null;
}

const isCommand = (block: Block) => block.language === "sh" && fileOf(block) === undefined;
