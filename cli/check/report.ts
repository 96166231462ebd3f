import { bold, dim, green, red, yellow } from "../terminal.js";
import { defaultEnvoyVersion as judgesAs } from "../envoy/find.js";
import type { EnvoyVerdict } from "./envoy.js";
import type { Examined } from "./examine.js";
import type { Finding } from "./findings.js";

/** A module with both verdicts. */
export interface Judged extends Examined {
  /** What a real Envoy said; absent when none was asked. */
  envoy?: EnvoyVerdict & { version: string };
}

/** Whether there is something that a user must put right. */
export const isFaulty = ({ findings, envoy, accepts }: Judged): boolean =>
  findings.some(({ level }) => level === "fault") || (envoy !== undefined && envoy.taken !== accepts);

const marks = { well: green("ok"), note: dim(" ."), warning: yellow(" !"), fault: red(" x") };

/** What is well about a module and what is not, for people: faults first. */
export function judgedText(judged: Judged): string {
  const { file, findings, called, module, contents, envoy } = judged;
  const order: Finding["level"][] = ["fault", "warning", "well", "note"];
  const lines = [bold(`${file}: ${verdictOf(judged)}`)];
  for (const level of order) {
    for (const { text, remedy } of findings.filter((finding) => finding.level === level)) {
      lines.push(`  ${marks[level]}  ${text}`);
      if (remedy !== undefined) lines.push(`      ${dim("->")} ${remedy}`);
    }
  }
  if (module !== null && contents !== null) {
    lines.push(
      `  ${marks.note}  Envoy calls ${called.length === 0 ? "none of its functions" : called.map(short).join(", ")}`,
      `  ${marks.note}  ${bytes(module.size)} (gzip ${bytes(module.gzipSize)}): ${shares(contents)}; ${contents.functions} functions`,
      `  ${marks.note}  sha256 ${module.sha256}`,
    );
  }
  if (envoy !== undefined) lines.push(...envoyLines(judged, envoy));
  return lines.join("\n");
}

function verdictOf({ loads, accepts, crashes, hangs, findings }: Judged): string {
  const first = findings.find(({ level }) => level === "fault");
  if (crashes) return red("Envoy crashes");
  if (hangs) return red("Envoy would hang in it");
  if (!loads) return red(`Envoy refuses it because ${asClause(first?.text ?? "it is invalid")}`);
  if (first !== undefined)
    return red(
      accepts ? "Envoy loads it, and must not be given it" : `Envoy refuses it because it ${first.text}`,
    );
  return green(accepts ? "Envoy loads it" : `Envoy loads it once it has what it ${wants(findings)}`);
}

const wants = (findings: Finding[]) =>
  findings.some(({ text }) => text === "wants a root id") ? "wants: a root id" : "wants: a configuration";

/** Envoy's words as the end of a sentence about the module. */
const clauses: [RegExp, string][] = [
  [/^Missing or unknown Proxy-Wasm ABI version/, "it has no marker of an ABI version that Envoy knows"],
  [/^Failed to load Wasm module due to a missing import: (.*)/, "it imports $1, which Envoy does not have"],
  [
    /^Failed to load Wasm module due to an import type mismatch: ([^,]*),.*/,
    "it imports $1 with another signature",
  ],
  [/^Bad function signature for: ([^,]*),.*/, "it exports $1 with another signature"],
  [/^Wasm module is missing malloc function.*/, "it exports no allocator"],
  [/^Function: (\w+) failed: (?:Uncaught )?([^;]*).*/s, "its $1 traps ($2)"],
  [/^Failed to create new Wasm instance.*/s, "no instance of it can be made"],
  [/^Failed to load Wasm bytecode.*/s, "its code is not valid"],
  [/^Failed to (load Wasm code|parse corrupted Wasm module).*/s, "it is damaged"],
  [/^([a-z].*)/s, "it $1"],
];

function asClause(text: string): string {
  const known = clauses.find(([pattern]) => pattern.test(text));
  return known === undefined ? `of this: ${text}` : text.replace(known[0], known[1]);
}

function envoyLines(
  { accepts }: Judged,
  { version, taken, crashed, words }: NonNullable<Judged["envoy"]>,
): string[] {
  const said = taken ? green("loads it") : red(crashed ? "crashes" : "refuses it");
  const lines = [`  ${taken === accepts ? marks.well : marks.fault}  a real Envoy ${version} ${said}`];
  for (const line of [...new Set(words)].slice(0, 6)) lines.push(`      ${dim(line)}`);
  if (taken !== accepts) {
    lines.push(
      `      ${dim("->")} the two verdicts differ: Envoy's counts (apw judges as Envoy ${judgesAs} does)`,
    );
  }
  return lines;
}

const short = (name: string) => name.replace(/^proxy_on_/, "");
const bytes = (count: number) => `${count.toLocaleString("en-US")} bytes`;

function shares(contents: NonNullable<Examined["contents"]>): string {
  const { code, data, names, debug, custom, rest } = contents;
  return Object.entries({ code, data, names, debug, "custom sections": custom, rest })
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${label} ${count.toLocaleString("en-US")}`)
    .join(", ");
}

/** The same for a program. */
export function judgedJson(judged: Judged): object {
  const { file, loads, accepts, crashes, hangs, findings, called, module, contents, features, envoy } =
    judged;
  return {
    file,
    loads,
    accepts,
    crashes,
    hangs,
    findings,
    callbacks: called,
    ...(module !== null && {
      abi: module.exports.map(({ name }) => name).filter((name) => name.startsWith("proxy_abi_version_")),
      imports: module.imports,
      exports: module.exports,
      hasStart: module.hasStart,
      memory: module.memory,
      customSections: module.customSections,
      size: module.size,
      gzipSize: module.gzipSize,
      sha256: module.sha256,
    }),
    contents,
    features: features?.names ?? null,
    ...(envoy !== undefined && { envoy }),
  };
}
