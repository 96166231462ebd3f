import { relative } from "node:path";
import { exportedCallbacks } from "../report.js";
import { table } from "../table.js";
import { bold, dim } from "../terminal.js";
import type { Built } from "./build.js";

const number = (value: number) => value.toLocaleString("en-US");

/** `-1,234 (-3.2 %)`, or `the same`. */
function difference(now: number, before: number | undefined): string {
  if (before === undefined) return "";
  if (now === before) return "the same";
  const by = now - before;
  const percent = before === 0 ? "" : ` (${by > 0 ? "+" : ""}${((by / before) * 100).toFixed(1)} %)`;
  return `${by > 0 ? "+" : ""}${number(by)}${percent}`;
}

const importName = ({ module, name }: { module: string; name: string }) =>
  module === "env" ? name : `${module}.${name}`;

/** What was built, for people. */
export function builtText(built: Built): string {
  const { file, goal, isUpToDate, module, previous, compiled, sourceMap, tried } = built;
  const size = (label: string, now: number, before: number | undefined) => [
    label,
    number(now),
    before === undefined ? "-" : number(before),
    difference(now, before),
  ];
  const columns = ["", "bytes", "last build", "difference"];
  const rows = [
    size("module", module.size, previous?.size),
    size("gzip", module.gzipSize, previous?.gzipSize),
  ];
  if (tried.length > 0) rows.push(["asc alone", number(compiled), "", difference(module.size, compiled)]);
  const chosen = tried.find(({ size: given }) => given === module.size);
  const list = (label: string, entries: string[]) =>
    `${label.padEnd(9)} ${entries.length === 0 ? dim("none") : wrapped(entries)}`;
  const how = chosen === undefined ? `for ${goal}` : `for ${goal}: ${chosen.name}`;
  return [
    `${bold(shown(file))}  ${dim(how)}${isUpToDate ? dim(", up to date (--force compiles it again)") : ""}`,
    "",
    table(columns, rows),
    "",
    `sha256    ${module.sha256}`,
    list("imports", module.imports.map(importName)),
    list("callbacks", exportedCallbacks(module.exports.map(({ name }) => name))),
    ...(sourceMap === null ? [] : [`source map ${shown(sourceMap)}`]),
  ].join("\n");
}

const shown = (file: string) => {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
};

/** Names beside each other, on lines that fit a terminal of 100 columns. */
function wrapped(names: string[]): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < 88) lines[lines.length - 1] = `${last}, ${name}`;
    else lines.push(name);
  }
  return lines.join(`,\n${" ".repeat(10)}`);
}

/** The same for a program. */
export function builtJson(built: Built): object {
  const { file, goal, isUpToDate, module, compiled, sourceMap, tried, milliseconds } = built;
  return {
    file,
    goal,
    upToDate: isUpToDate,
    size: module.size,
    gzipSize: module.gzipSize,
    sha256: module.sha256,
    imports: module.imports.map((entry) => `${entry.module}.${entry.name}`),
    callbacks: exportedCallbacks(module.exports.map(({ name }) => name)),
    sourceMap,
    lastBuild: lastBuildOf(built),
    compiledSize: compiled,
    tried,
    milliseconds,
  };
}

function lastBuildOf({ previous }: Built): object | null {
  if (previous === null) return null;
  const { size, gzipSize, sha256 } = previous;
  return { size, gzipSize, sha256 };
}
