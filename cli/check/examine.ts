import { readFile } from "node:fs/promises";
import { callbacks } from "../../host/abi.js";
import { loadFailures } from "../../host/linking.js";
import { inspect, type ModuleFile } from "../module.js";
import { exportedCallbacks } from "../report.js";
import { type Attempt, attempts } from "./attempts.js";
import { type Features, featuresOf } from "./features.js";
import { type Finding, findingsIn } from "./findings.js";
import { requireWasm } from "../words/kind.js";
import { type Contents, contentsOf } from "./sections.js";

export interface Examined {
  file: string;
  /** Envoy loads the module. */
  loads: boolean;
  /** Envoy loads it, and it takes the configuration. */
  accepts: boolean;
  /** Envoy does not survive it. */
  crashes: boolean;
  /** It never returns from its start, and would hold Envoy there. */
  hangs: boolean;
  findings: Finding[];
  /** What Envoy calls of the module, in the order of its exports. */
  called: string[];
  /** Null where the sections cannot be read. */
  module: ModuleFile | null;
  contents: Contents | null;
  features: Features | null;
}

export interface Examination {
  configuration?: string;
  rootId?: string;
}

/** Judges modules as Envoy would. Throws `WrongUse` for a file that is no WebAssembly. */
export async function examine(files: string[], asked: Examination = {}): Promise<Examined[]> {
  const contents = await Promise.all(files.map((file) => readFile(file)));
  contents.forEach((bytes, i) => requireWasm(files[i]!, bytes));
  const [tried, features] = await Promise.all([
    attempts(files.map((file) => ({ file, ...asked }))),
    featuresOf(files),
  ]);
  return files.map((file, i) => judge(file, contents[i]!, tried[i]!, features[i]!, asked));
}

function judge(
  file: string,
  bytes: Uint8Array,
  attempt: Attempt,
  features: Features | null,
  asked: Examination,
): Examined {
  const module = readable(bytes);
  const outcome = outcomeOf(bytes, module, attempt, features, asked);
  const others = module === null ? [] : findingsIn(module);
  return {
    ...outcome,
    file,
    hangs: attempt.outcome === "endless" && !outcome.loads,
    findings: [...outcome.findings, ...others, ...ofFeatures(features)],
    called: module === null ? [] : calledOf(module),
    module,
    contents: module === null ? null : contentsOf(bytes),
    features,
  };
}

type Outcome = Pick<Examined, "loads" | "accepts" | "crashes" | "findings">;

function outcomeOf(
  bytes: Uint8Array,
  module: ModuleFile | null,
  attempt: Attempt,
  features: Features | null,
  asked: Examination,
): Outcome {
  const refused = (findings: Finding[], crashes = false): Outcome => ({
    loads: false,
    accepts: false,
    crashes,
    findings,
  });
  if (isComponent(bytes)) {
    const remedy = "build a core module (wasm32-wasip1), not a component";
    return refused([{ level: "fault", text: "is a component: Envoy loads core modules only", remedy }]);
  }
  const tags = module?.imports.filter(({ kind }) => kind === "tag") ?? [];
  if (tags.length > 0) {
    const text = `imports a tag (${tags.map(({ module: from, name }) => `${from}.${name}`).join(", ")}), at which Envoy crashes`;
    return refused([{ level: "fault", text, remedy: "define it in the module" }], true);
  }
  if (features !== null && features.missing.length > 0) {
    const text = `uses what Envoy's V8 has not switched on: ${features.missing.join(", ")}`;
    return refused([{ level: "fault", text, remedy: "build it without" }]);
  }
  const failures = module === null ? [] : loadFailures(module);
  if (failures.length > 0) return refused(failures.map(inTwo));
  if (attempt.outcome === "endless" || attempt.outcome === "crashed") {
    const text =
      attempt.outcome === "endless"
        ? "does not return from its start: Envoy would hang in it for good"
        : "ends the engine that runs it";
    return refused([{ level: "fault", text }], attempt.outcome === "crashed");
  }
  if (attempt.outcome === "refused") {
    if (
      features !== null &&
      attempt.reasons.some((reason) => reason.startsWith("Failed to load Wasm bytecode"))
    )
      return untried(features);
    const crashes = attempt.reasons.some((reason) => reason.includes("which crashes Envoy"));
    return refused([...attempt.reasons.map(inTwo), ...ofLog(attempt.log)], crashes);
  }
  if (attempt.outcome === "unconfigured") return unconfigured(attempt, asked);
  return {
    loads: true,
    accepts: true,
    crashes: false,
    findings: [...ofTraps(attempt.log), ...ofLog(attempt.log)],
  };
}

/** It is valid, and Envoy's engine knows all that it uses; Node's does not. */
function untried({ names }: Features): Outcome {
  const text = `was not started here: this Node (V8 ${process.versions.v8}) does not know all of ${names.join(", ")}, which Envoy's V8 does`;
  const remedy = "apw check --envoy has a real one judge it";
  return { loads: true, accepts: true, crashes: false, findings: [{ level: "note", text, remedy }] };
}

const isTrap = (line: string) => /Function: \w+ failed/.test(line);

/** Envoy loads a module that traps as a root context is made, and then serves nothing with it. */
function ofTraps(log: string[]): Finding[] {
  const trap = log.find(isTrap);
  if (trap === undefined) return [];
  const remedy = "Envoy loads it all the same, and answers every request with 503";
  return [{ level: "fault", text: `traps as it starts: ${withoutLevel(trap)}`, remedy }];
}

const withoutLevel = (line: string) => line.replace(/^\w+: /, "").split("\n")[0]!;

/** It loads, and then traps, or says no to its root id or to its configuration. */
function unconfigured({ log }: Attempt, asked: Examination): Outcome {
  const outcome = { loads: true, accepts: false, crashes: false };
  const rest = ofLog(log);
  if (asked.rootId === undefined && log.some((line) => /root[ _]?id/i.test(line))) {
    const registered = log.join("\n").match(/there are: (.*)/)?.[1];
    const remedy = `give it one with --root-id${registered === undefined ? "" : `: ${registered}`}`;
    return { ...outcome, findings: [{ level: "note", text: "wants a root id", remedy }, ...rest] };
  }
  const trap = log.find(isTrap);
  if (trap !== undefined)
    return {
      ...outcome,
      findings: [{ level: "fault", text: `traps as it starts: ${withoutLevel(trap)}` }, ...rest],
    };
  if (asked.configuration !== undefined)
    return { ...outcome, findings: [{ level: "fault", text: "does not take this configuration" }, ...rest] };
  const remedy = "give it one with --config";
  return {
    ...outcome,
    findings: [{ level: "note", text: "does not take an empty configuration", remedy }, ...rest],
  };
}

function ofLog(log: string[]): Finding[] {
  return log
    .filter((line) => !isTrap(line) && !/^\w+: Wasm VM failed/.test(line))
    .slice(0, 5)
    .map((line) => ({ level: "note", text: `logs ${line}` }));
}

/** A reason with what mends it in brackets at its end. */
function inTwo(reason: string): Finding {
  const [, text, remedy] = /^(.*?) \((.*)\)$/s.exec(reason) ?? [];
  if (text === undefined || remedy === undefined)
    return { level: "fault", text: reason.replaceAll("\n", "; ") };
  return { level: "fault", text, remedy };
}

function ofFeatures(features: Features | null): Finding[] {
  if (features === null || features.names.length === 0) return [];
  return [{ level: "note", text: `uses ${features.names.join(", ")}` }];
}

/** The callbacks that Envoy calls, and what it starts with. */
function calledOf(module: ModuleFile): string[] {
  return exportedCallbacks(
    module.exports.filter(({ kind }) => kind === "function").map(({ name }) => name),
  ).filter((name) => callbacks.has(name) && !["main", "__main_void"].includes(name));
}

function readable(bytes: Uint8Array): ModuleFile | null {
  try {
    return inspect(bytes);
  } catch {
    return null;
  }
}

const isComponent = (bytes: Uint8Array) => bytes[4] === 0x0d && bytes[6] === 1;
