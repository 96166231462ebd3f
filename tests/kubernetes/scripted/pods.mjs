// @ts-nocheck
// Pods, their labels and their logs.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { changeScript, fail, flags, folder, namespace, print, said, script } from "./words.mjs";

const [verb, , name] = said;
const missing = (what) => fail(`Error from server (NotFound): pods "${what}" not found`);

export function podNamed(wanted, where = namespace) {
  const pod = script.pods.find((one) => one.name === wanted && one.namespace === where);
  return pod === undefined ? missing(wanted) : pod;
}

function matches(labels, selector) {
  return selector
    .split(",")
    .filter((part) => part !== "")
    .every((part) => {
      const [, key, not, value] = /^([^!=]+)(!?)=(.*)$/.exec(part) ?? [null, part, "", undefined];
      if (not === "!") return labels[key] !== value;
      return value === undefined ? key in labels : labels[key] === value;
    });
}

function asPod(pod) {
  const container = { name: "istio-proxy", image: `docker.io/istio/proxyv2:${pod.version ?? "1.31.0"}` };
  return {
    metadata: { name: pod.name, namespace: pod.namespace, labels: pod.labels ?? {}, ...pod.metadata },
    spec: { containers: [{ name: "app" }, ...(pod.sidecar === false ? [] : [container])] },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "istio-proxy", ready: true, state: { running: {} } }],
    },
  };
}

export function pods() {
  if (verb === "get") {
    if (name !== undefined) return print(asPod(podNamed(name)));
    const found = script.pods
      .filter((pod) => "-A" in flags || pod.namespace === namespace)
      .filter((pod) => matches(pod.labels ?? {}, flags["-l"] ?? ""));
    return print({ items: found.map(asPod) });
  }
  if (verb !== "label") return fail(`the script does not know ${verb} pods`);
  changeScript(({ pods: all }) => {
    const pod = all.find((one) => one.name === name && one.namespace === namespace);
    if (pod === undefined) return missing(name);
    for (const change of said.slice(3)) {
      const [, key, value] = /^([^=]+?)(?:-|=(.*))$/.exec(change);
      if (value === undefined) delete pod.labels[key];
      else pod.labels[key] = value;
    }
  });
  print("labeled");
}

/** Lines from a time on, where they begin with one. */
function since(text, time) {
  if (time === undefined) return text;
  const isEarlier = (line) => Date.parse(line.split("\t")[0]) < Date.parse(time);
  return text
    .split("\n")
    .filter((line) => !isEarlier(line))
    .join("\n");
}

export function logsOf(wanted) {
  if (wanted.startsWith("deploy")) return print(script.istiodLog ?? "");
  const pod = podNamed(wanted);
  const file = join(folder, `${pod.name}.log`);
  const text = existsSync(file) ? readFileSync(file, "utf8") : (pod.log ?? "");
  if (!("-f" in flags) && !("--follow" in flags)) return print(since(text, flags["--since-time"]));
  const child = spawn("tail", ["-n", "+1", "-F", file], { stdio: ["ignore", "inherit", "ignore"] });
  process.on("SIGTERM", () => child.kill());
  process.on("SIGINT", () => child.kill());
  child.on("close", () => process.exit(0));
}
