import type { Difference } from "./difference.js";
import type { LinePattern, LogExpectation } from "./scenario.js";
import type { LogLine } from "./stage.js";

export function compareLog(wanted: LogExpectation, lines: readonly LogLine[]): Difference[] {
  const texts = lines.map(({ level, text }) => `${level}: ${text}`);
  const all = texts.length === 0 ? "no line at all" : [...new Set(texts)].join("\n");
  const missing = (wanted.present ?? []).filter((pattern) => !texts.some((text) => hasIn(pattern, text)));
  const excess = (wanted.absent ?? []).flatMap((pattern) => {
    const found = texts.filter((text) => hasIn(pattern, text));
    return found.length > 0 ? [{ pattern, found: [...new Set(found)].join("\n") }] : [];
  });
  return [
    ...missing.map((pattern) => ({
      where: "log.present",
      wanted: `a line with ${shownLine(pattern)}`,
      got: all,
    })),
    ...excess.map(({ pattern, found }) => ({
      where: "log.absent",
      wanted: `no line with ${shownLine(pattern)}`,
      got: found,
    })),
  ];
}

const hasIn = (pattern: LinePattern, text: string) =>
  typeof pattern === "string" ? text.includes(pattern) : new RegExp(pattern.matches, "u").test(text);
const shownLine = (pattern: LinePattern) =>
  typeof pattern === "string" ? JSON.stringify(pattern) : `what matches /${pattern.matches}/`;
