// @ts-nocheck
/* global fetch */
// What stands before kubectl in the tests. Pods, their proxies and their logs are played from script.json, since the API
// server of the tests has none; WasmPlugins go to a real kubectl where $REAL_KUBECTL names one, and are kept in a file
// otherwise. A pod of the script:
//   { name, namespace, labels, proxy, log, sidecar, version }
// where proxy is "follows" (has what the WasmPlugins say), "old" (keeps what `had` says), "denies", "allows", "refuses",
// "silent", or { admin: "host:port" } of a real Envoy.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const folder = process.env.SCRIPT_FOLDER;
const real = process.env.REAL_KUBECTL ? JSON.parse(process.env.REAL_KUBECTL) : null;
const words = process.argv.slice(2);
appendFileSync(join(folder, "calls.txt"), `${words.join(" ")}\n`);
const cut = words.indexOf("--") < 0 ? words.length : words.indexOf("--");
const flags = {};
const said = [];
for (let index = 0; index < cut; index++) {
  const word = words[index];
  if (["-n", "-o", "-l", "-f", "-c", "-p"].includes(word)) flags[word] = words[++index];
  else if (word.startsWith("-"))
    flags[word.split("=")[0]] = word.includes("=") ? word.slice(word.indexOf("=") + 1) : "true";
  else said.push(word);
}
const [verb, kind = "", name] = said;
const namespace = flags["-n"] ?? "default";
const readScript = () => JSON.parse(readFileSync(join(folder, "script.json"), "utf8"));
const script = readScript();
const fail = (text, code = 1) => {
  process.stderr.write(`${text}\n`);
  process.exit(code);
};
const print = (value) => process.stdout.write(typeof value === "string" ? value : JSON.stringify(value));

/** In one move: others may be reading it. */
function keep(now) {
  const file = join(folder, `script.${process.pid}`);
  writeFileSync(file, JSON.stringify(now));
  renameSync(file, join(folder, "script.json"));
}

/** Several kubectl at once change the script: one after the other. */
function locked(work) {
  const lock = join(folder, "lock");
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (tries > 2000) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    return work();
  } finally {
    rmdirSync(lock);
  }
}

function askReal(args, input) {
  try {
    return execFileSync(real[0], [...real.slice(1), ...args], {
      input,
      stdio: ["pipe", "pipe", "pipe"],
    }).toString();
  } catch (error) {
    process.stdout.write(error.stdout ?? "");
    process.stderr.write(error.stderr ?? "");
    process.exit(error.status ?? 1);
  }
}

const objectsFile = join(folder, "objects.json");
const objects = () => {
  if (real !== null) {
    const text = askReal(["get", "wasmplugins.extensions.istio.io", "-A", "-o", "json"]);
    return Object.fromEntries(
      JSON.parse(text).items.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]),
    );
  }
  return existsSync(objectsFile) ? JSON.parse(readFileSync(objectsFile, "utf8")) : {};
};

const trouble = script.trouble?.find(({ on }) => new RegExp(on).test(words.join(" ")));
if (trouble !== undefined) fail(trouble.say, trouble.code ?? 1);

const isPods = /^pods?$/.test(kind);
if (verb === "exec") execInPod(said[1], words.slice(cut + 1));
else if (verb === "logs") logsOf(said[1]);
else if (verb === "auth" && kind === "can-i") canI();
else if (verb === "auth") print(script.user ?? "tester");
else if (verb === "config") print(script.namespace ?? "");
else if (isPods || kind === "namespaces" || kind === "replicasets.apps" || kind === "deployments.apps")
  played();
else if (real !== null)
  print(
    askReal(
      words.map(unvalidated),
      ["create", "replace", "apply"].includes(verb) ? readFileSync(0) : undefined,
    ),
  );
else kept();

/** The API server of the tests publishes no OpenAPI, which kubectl reads before it asks for validation. */
function unvalidated(word) {
  return word === "--validate=strict" ? "--validate=false" : word;
}

function canI() {
  if ((script.forbidden ?? []).some((right) => right === said.slice(2).join(" "))) {
    print("no\n");
    process.exit(1);
  }
  print("yes\n");
}

function kept() {
  const there = objects();
  const key = `${namespace}/${name}`;
  if (verb === "get" && /^wasmplugins/.test(kind)) {
    if (name !== undefined) {
      if (there[key] === undefined)
        fail(`Error from server (NotFound): wasmplugins.extensions.istio.io "${name}" not found`);
      return print(there[key]);
    }
    const all = Object.values(there);
    return print({
      items: "-A" in flags ? all : all.filter(({ metadata }) => metadata.namespace === namespace),
    });
  }
  if (verb === "get") {
    const other = script.objects?.[`${kind} ${name === undefined ? `${namespace}/` : key}`];
    if (other === undefined) fail(`Error from server (NotFound): ${kind} "${name}" not found`);
    return print(other);
  }
  if (verb === "delete") {
    if (there[key] === undefined)
      fail(`Error from server (NotFound): wasmplugins.extensions.istio.io "${name}" not found`);
    delete there[key];
    writeFileSync(objectsFile, JSON.stringify(there));
    return print("deleted");
  }
  if (verb === "create" || verb === "replace") {
    const object = JSON.parse(readFileSync(0, "utf8"));
    const id = `${object.metadata.namespace}/${object.metadata.name}`;
    const before = there[id];
    if (verb === "create" && before !== undefined)
      fail(`Error from server (AlreadyExists): "${id}" already exists`);
    if (verb === "replace" && before?.metadata.resourceVersion !== object.metadata.resourceVersion)
      fail("Error from server (Conflict): the object has been modified");
    object.metadata.resourceVersion = String(Number(before?.metadata.resourceVersion ?? 0) + 1);
    object.metadata.managedFields = [
      { manager: flags["--field-manager"] ?? "kubectl", time: new Date().toISOString() },
    ];
    there[id] = object;
    writeFileSync(objectsFile, JSON.stringify(there));
    return print("written");
  }
  if (verb === "patch") return print("patched");
  if (verb === "apply") return void readFileSync(0);
  fail(`the script does not know ${verb} ${kind}`);
}

function matches(labels, selector) {
  return selector
    .split(",")
    .filter((part) => part !== "")
    .every((part) => {
      const [, key, not, value] = /^([^!=]+)(!?)=(.*)$/.exec(part) ?? [null, part, "", undefined];
      return not === "!"
        ? labels[key] !== value
        : value === undefined
          ? key in labels
          : labels[key] === value;
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

function played() {
  if (verb === "get" && isPods) {
    const found = script.pods
      .filter((pod) => "-A" in flags || pod.namespace === namespace)
      .filter((pod) => matches(pod.labels ?? {}, flags["-l"] ?? ""));
    if (name === undefined) return print({ items: found.map(asPod) });
    const one = found.find((pod) => pod.name === name);
    if (one === undefined) fail(`Error from server (NotFound): pods "${name}" not found`);
    return print(asPod(one));
  }
  if (verb === "label" && isPods) {
    locked(() => {
      const now = readScript();
      const pod = now.pods.find((one) => one.name === name && one.namespace === namespace);
      if (pod === undefined) fail(`Error from server (NotFound): pods "${name}" not found`);
      for (const change of said.slice(3)) {
        const [, key, value] = /^([^=]+?)(?:-|=(.*))$/.exec(change);
        if (value === undefined) delete pod.labels[key];
        else pod.labels[key] = value;
      }
      keep(now);
    });
    return print("labeled");
  }
  const other = script.objects?.[`${kind} ${name}`] ?? script.objects?.[`${kind} ${namespace}/${name}`];
  if (verb === "get" && other !== undefined) return print(other);
  fail(`Error from server (NotFound): ${kind} "${name}" not found`);
}

function podNamed(wanted) {
  const pod = script.pods.find((one) => one.name === wanted && one.namespace === namespace);
  if (pod === undefined) fail(`Error from server (NotFound): pods "${wanted}" not found`);
  return pod;
}

function logsOf(wanted) {
  if (wanted.startsWith("deploy")) return print(script.istiodLog ?? "");
  const file = join(folder, `${podNamed(wanted).name}.log`);
  const text = existsSync(file) ? readFileSync(file, "utf8") : (podNamed(wanted).log ?? "");
  if (!("-f" in flags) && !("--follow" in flags)) return print(text);
  const child = spawn("tail", ["-n", "+1", "-F", file], { stdio: ["ignore", "inherit", "ignore"] });
  process.on("SIGTERM", () => child.kill());
  process.on("SIGINT", () => child.kill());
  child.on("close", () => process.exit(0));
}

async function execInPod(wanted, [program, request, method, path]) {
  if (program !== "pilot-agent" || request !== "request") fail(`the script does not know ${program}`);
  const pod = podNamed(wanted);
  if (pod.proxy === "silent")
    fail("error: Internal error occurred: error executing command in container: timed out");
  if (typeof pod.proxy === "object") {
    const answer = await fetch(`http://${pod.proxy.admin}/${path}`, { method });
    return print(await answer.text());
  }
  if (path.startsWith("config_dump")) return print({ configs: filters(pod) });
  if (path.startsWith("stats")) return print(pod.stats ?? "");
  if (path.startsWith("logging")) return logging(pod, method, path);
  fail(`the script does not know ${path}`);
}

function logging(pod, method, path) {
  if (method !== "POST") fail("Method Not Allowed");
  return locked(() => {
    const now = readScript();
    const mine = now.pods.find((one) => one.name === pod.name);
    mine.level ??= "warning";
    const level = new URL(`http://x/${path}`).searchParams.get("wasm");
    if (level !== null) mine.level = level;
    keep(now);
    print(`active loggers:\n  admin: warning\n  wasm: ${mine.level}\n`);
  });
}

/** What Envoy has when istiod and the agent did their work: as a WasmPlugin says. */
function filters(pod) {
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  const selected = Object.values(objects()).filter(
    ({ metadata, spec }) =>
      (metadata.namespace === pod.namespace || metadata.namespace === "istio-system") &&
      Object.entries(spec.selector?.matchLabels ?? {}).every(([key, value]) => pod.labels?.[key] === value),
  );
  return selected.flatMap(({ metadata, spec: now }) => {
    if (pod.proxy === "old" && pod.had === undefined) return [];
    const spec = pod.proxy === "old" ? { ...now, ...pod.had } : now;
    const name = `${metadata.namespace}.${metadata.name}`;
    const digest = spec.sha256 ?? script.digests?.[spec.url] ?? "0".repeat(64);
    const image = spec.url.replace(/(:[^:/]+)?(@.*)?$/, "");
    const type = "type.googleapis.com/envoy.extensions.filters.http.";
    const wasm = {
      "@type": `${type}wasm.v3.Wasm`,
      config: {
        name,
        root_id: spec.pluginName,
        vm_config: { code: { local: { filename: `/var/lib/istio/data/${hash(image)}/${digest}.wasm` } } },
        ...(Object.keys(spec.pluginConfig ?? {}).length > 0 && {
          configuration: {
            "@type": "type.googleapis.com/google.protobuf.StringValue",
            value: JSON.stringify(spec.pluginConfig),
          },
        }),
      },
    };
    const standIn = (prefix) => ({
      "@type": `${type}rbac.v3.RBAC`,
      rules_stat_prefix: `wasm-default-${prefix}`,
    });
    const isBad = pod.failsOn === undefined || spec.url === pod.failsOn;
    const typed =
      isBad && pod.proxy === "denies"
        ? standIn("deny")
        : isBad && pod.proxy === "allows"
          ? standIn("allow")
          : wasm;
    return [
      {
        ecds_filter: {
          name: `extensions.istio.io/trafficextension/${name}~istio-translated-wasmplugin`,
          typed_config: typed,
        },
        last_updated: new Date().toISOString(),
        ...(isBad &&
          pod.proxy === "refuses" && { error_state: { details: "Unable to create Wasm HTTP filter" } }),
      },
    ];
  });
}
