import { bold, dim, red, yellow } from "../terminal.js";
import type { Decoded } from "./decode.js";
import type { TracedCall } from "./recorder.js";

/** The longest value that is shown in a line. */
const widest = 100;

/**
 * Calls as a tree, a line each: when it began, how long all of it took, what of that was its own, and what was said.
 */
export function treeLines(calls: readonly TracedCall[]): string[] {
  const heading = `${"at".padStart(10)} ${"took".padStart(9)} ${"own".padStart(9)}`;
  return [dim(`${heading}  µs`), ...calls.flatMap((call) => linesOf(call, "", ""))];
}

function linesOf(call: TracedCall, here: string, below: string): string[] {
  const times = [call.at, call.took, call.own].map((value, index) =>
    value.toFixed(1).padStart(index === 0 ? 10 : 9),
  );
  const line = `${dim(times.join(" "))}  ${here}${wordsOf(call)}`;
  return [
    line,
    ...call.calls.flatMap((inner, index) => {
      const isLast = index === call.calls.length - 1;
      return linesOf(inner, `${below}${isLast ? "└─ " : "├─ "}`, `${below}${isLast ? "   " : "│  "}`);
    }),
  ];
}

function wordsOf({ kind, name, arguments: given, results, outcome, failure }: TracedCall): string {
  const title = kind === "callback" ? bold(name) : name;
  const said = Object.entries(given).map(([key, value]) => `${key}=${shown(value)}`);
  const got = Object.entries(results).map(([key, value]) => `${key}=${shown(value)}`);
  const parts = [
    title,
    ...said,
    ...(outcome !== undefined || got.length > 0 ? ["→"] : []),
    ...(outcome !== undefined
      ? [["ok", "Continue", "true"].includes(outcome) ? outcome : yellow(outcome)]
      : []),
    ...got,
    ...(failure !== undefined ? [red(failure)] : []),
  ];
  return parts.join(" ");
}

function shown(value: Decoded): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return /^[\w.:/-]{1,40}$/.test(value) ? value : cut(JSON.stringify(value));
  return cut(`{${value.map(([name, text]) => `${name}: ${text}`).join(", ")}}`);
}

function cut(text: string): string {
  return text.length <= widest ? text : `${text.slice(0, widest)}… (${text.length} characters)`;
}
