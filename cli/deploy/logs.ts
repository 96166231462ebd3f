import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { bold, MissingPrerequisite, WrongUse } from "../terminal.js";
import { type ClusterOptions, Kubectl } from "./kubectl.js";
import { levelsIn, linesOfPlugin } from "./log-lines.js";
import { Output } from "./output.js";
import { hasProxy, type Pod, podName, proxyContainer, proxyIsRunning } from "./pods.js";
import { usualIstioNamespace } from "./prerequisites.js";
import { podsOf } from "./selection.js";
import { wasmPlugin } from "./wasm-plugins.js";

export interface LogsOptions extends ClusterOptions {
  level?: string;
  follow?: boolean;
  since?: string;
  tail?: number;
  all?: boolean;
}

type IsShown = (line: string) => boolean;

/** Runs `apw logs`. */
export async function logs(name: string, options: LogsOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  if (options.level !== undefined && !options.follow && !options.dryRun)
    throw new WrongUse("--level turns the proxies' logs up while they are followed: add --follow");
  const kubectl = new Kubectl(options, out.say);
  const plugin = await wasmPlugin(kubectl, name);
  const selected = await podsOf(kubectl, plugin, options.istioNamespace ?? usualIstioNamespace);
  const pods = selected.filter((pod) => hasProxy(pod) && proxyIsRunning(pod));
  if (pods.length === 0)
    throw new MissingPrerequisite(
      `no proxy runs ${name}: ${selected.length} pods are selected, none with a running sidecar (apw debug ${name} looks for the cause)`,
    );
  /** For the log of one pod. */
  const chosen = (): IsShown => {
    const isOfPlugin = linesOfPlugin(plugin);
    return (line) => line !== "" && (options.all === true || isOfPlugin(line));
  };
  if (!options.follow) {
    await shown(kubectl, pods, options, chosen, out);
    return;
  }
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // What was turned so far: a Ctrl-C, or a pod that refuses, may come in between.
  const turned: Turned[] = [];
  try {
    if (options.level !== undefined) await turn(kubectl, pods, options.level, turned, out);
    if (!kubectl.isDry && !stop.signal.aborted) await followed(kubectl, pods, options, chosen, stop.signal);
  } finally {
    for (const { pod, level } of turned) await turnBack(kubectl, pod, level);
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

const since = ({ since: time, tail }: LogsOptions): string[] => [
  ...(time === undefined ? [] : [`--since=${time}`]),
  ...(tail === undefined ? [] : [`--tail=${tail}`]),
];

async function shown(
  kubectl: Kubectl,
  pods: readonly Pod[],
  options: LogsOptions,
  chosen: () => IsShown,
  out: Output,
): Promise<void> {
  const found = await kubectl.each(pods, async (pod) => {
    const words = ["logs", pod.metadata.name, "-c", proxyContainer, ...since(options)];
    const text = await kubectl.text(words, { namespace: pod.metadata.namespace, timeout: 60_000 });
    return { pod: podName(pod), lines: text.split("\n").filter(chosen()) };
  });
  out.result({ pods: found });
  if (out.isJson) return;
  for (const { pod, lines } of found) {
    console.log(bold(`${pod}  ${lines.length === 0 ? "nothing" : ""}`.trimEnd()));
    for (const line of lines) console.log(line);
  }
}

/** Lines as they come, until all streams end or somebody has seen enough. */
async function followed(
  kubectl: Kubectl,
  pods: readonly Pod[],
  options: LogsOptions,
  chosen: () => IsShown,
  signal: AbortSignal,
): Promise<void> {
  const children: ChildProcess[] = [];
  const end = () => {
    for (const child of children) child.kill("SIGTERM");
  };
  signal.addEventListener("abort", end, { once: true });
  const ended = pods.map(async (pod) => {
    const recent = options.since === undefined && options.tail === undefined ? ["--tail=0"] : since(options);
    const words = ["logs", pod.metadata.name, "-c", proxyContainer, "-f", ...recent];
    const child = await kubectl.stream(words, { namespace: pod.metadata.namespace });
    children.push(child);
    if (signal.aborted) child.kill("SIGTERM");
    child.stderr?.resume();
    const isShown = chosen();
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (!isShown(line)) return;
      console.log(
        options.json ? JSON.stringify({ pod: podName(pod), line }) : `${bold(pod.metadata.name)}  ${line}`,
      );
    });
    await new Promise<void>((resolve) => {
      child.once("close", () => resolve());
      child.once("error", () => resolve());
    });
  });
  await Promise.all(ended);
}

const request = (pod: Pod, path: string): string[] => [
  ...["exec", pod.metadata.name, "-c", proxyContainer, "--"],
  ...["pilot-agent", "request", "POST", path],
];

/** A proxy whose log was turned, and the level that it had. */
interface Turned {
  pod: Pod;
  level: string;
}

/** Turns the proxies' wasm logs to a level; each is added to `turned`. */
async function turn(
  kubectl: Kubectl,
  pods: readonly Pod[],
  level: string,
  turned: Turned[],
  out: Output,
): Promise<void> {
  await kubectl.each(pods, async (pod) => {
    const { namespace } = pod.metadata;
    if (!kubectl.isDry) {
      const had = levelsIn(await kubectl.text(request(pod, "logging"), { namespace })).get("wasm");
      turned.push({ pod, level: had ?? "warning" });
    }
    await kubectl.change(request(pod, `logging?wasm=${level}`), { namespace });
  });
  if (!kubectl.isDry) console.error(`wasm logs of ${pods.length} proxies are at ${level} until this ends`);
  else out.say("Nothing was changed.");
}

/** A proxy that is gone by now has nothing to turn back. */
async function turnBack(kubectl: Kubectl, pod: Pod, level: string): Promise<void> {
  try {
    await kubectl.change(request(pod, `logging?wasm=${level}`), { namespace: pod.metadata.namespace });
  } catch (error) {
    console.error(
      `${podName(pod)}: its wasm log could not be turned back to ${level}: ${(error as Error).message}`,
    );
  }
}
