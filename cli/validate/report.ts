import { bold, dim, green, red, yellow } from "../terminal.js";
import type { Verdict } from "./cluster.js";
import { type FindingInFile, type Level, placeText } from "./finding.js";

const colourOf: Record<Level, (text: string) => string> = { error: red, warning: yellow, notice: dim };

/** A finding as editors and terminals can follow it: file and line first. */
export function findingText({
  file,
  line,
  level,
  object,
  place,
  message,
  proposal,
  rule,
}: FindingInFile): string {
  const head = `${bold(`${file}:${line}`)}  ${colourOf[level](level)}  ${object}${place.length > 0 ? `  ${placeText(place)}` : ""}`;
  return [head, `  ${message}`, ...(proposal === undefined ? [] : [`  ${proposal}`]), dim(`  ${rule}`)].join(
    "\n",
  );
}

/** What is printed of a tool that was asked too. */
export function verdictText({ command, ok, output }: Verdict): string {
  const mark = ok === null ? yellow("not asked") : ok ? green("ok") : red("refused");
  return `${mark}  ${command}${ok === true || output === "" ? "" : `\n${output.replace(/^/gm, "  ")}`}`;
}

export function closingLine(findings: readonly FindingInFile[], objects: number, fixed: number): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const parts = (["error", "warning", "notice"] as const)
    .map((level) => [count(level), level] as const)
    .filter(([number]) => number > 0)
    .map(([number, level]) => colourOf[level](`${number} ${level}${number > 1 ? "s" : ""}`));
  const mended = fixed > 0 ? `${fixed} put right, ` : "";
  return `${objects} object${objects === 1 ? "" : "s"}: ${mended}${parts.length === 0 ? green("nothing to complain of") : parts.join(", ")}`;
}

/** The same for a program. */
export const jsonReport = (
  findings: readonly FindingInFile[],
  verdicts: readonly Verdict[],
  objects: number,
  fixed: number,
): object => ({
  objects,
  fixed,
  findings: findings.map(({ file, line, level, rule, object, place, message, proposal, fix }) => ({
    file,
    line,
    level,
    rule,
    object,
    path: placeText(place),
    message,
    ...(proposal !== undefined && { proposal }),
    fixable: fix !== undefined,
  })),
  tools: verdicts,
});
