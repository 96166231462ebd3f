// @ts-nocheck
// What the API server keeps: WasmPlugins in a file, other kinds as the script has them.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, flags, folder, namespace, print, said, script, words } from "./words.mjs";

export const real = process.env.REAL_KUBECTL ? JSON.parse(process.env.REAL_KUBECTL) : null;
const objectsFile = join(folder, "objects.json");
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const [verb, kind = "", name] = said;

/** All WasmPlugins by namespace and name. */
export function wasmPlugins() {
  if (real !== null) {
    const text = askReal(["get", "wasmplugins.extensions.istio.io", "-A", "-o", "json"]);
    return Object.fromEntries(
      JSON.parse(text).items.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]),
    );
  }
  return existsSync(objectsFile) ? JSON.parse(readFileSync(objectsFile, "utf8")) : {};
}

const keep = (all) => writeFileSync(objectsFile, JSON.stringify(all));

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

/** The API server of the tests publishes no OpenAPI, which kubectl reads before it asks for validation. */
export function passedOn() {
  const isApply = verb === "apply" && kind === "";
  const asked = words.map((word) => (word === "--validate=strict" ? "--validate=false" : word));
  const input = ["create", "replace", "apply"].includes(verb) ? readFileSync(0) : undefined;
  print(askReal([...asked, ...(isApply ? ["--validate=false"] : [])], input));
}

export function kept() {
  const there = wasmPlugins();
  const key = `${namespace}/${name}`;
  const missing = (what = name) =>
    fail(`Error from server (NotFound): wasmplugins.extensions.istio.io "${what}" not found`);
  if (verb === "get" && /^wasmplugins/.test(kind)) {
    if (name !== undefined) return there[key] === undefined ? missing() : print(there[key]);
    const all = Object.values(there);
    return print({
      items: "-A" in flags ? all : all.filter(({ metadata }) => metadata.namespace === namespace),
    });
  }
  if (verb === "get") return other();
  if (verb === "delete") {
    if (there[key] === undefined) missing();
    delete there[key];
    keep(there);
    return print("deleted");
  }
  if (verb === "create" || verb === "replace") return written(there);
  if (verb === "patch") return print("patched");
  if (verb === "apply" && kind === "set-last-applied") {
    const object = JSON.parse(readFileSync(0, "utf8"));
    const live = there[`${namespace}/${object.metadata.name}`];
    if (live === undefined) missing(object.metadata.name);
    live.metadata.annotations = { ...live.metadata.annotations, [lastApplied]: noteOf(object) };
    live.metadata.resourceVersion = String(Number(live.metadata.resourceVersion) + 1);
    keep(there);
    return print("configured");
  }
  if (verb === "apply") {
    appendFileSync(join(folder, "applied.yaml"), `---\n${readFileSync(0, "utf8")}`);
    return print("applied\n");
  }
  fail(`the script does not know ${verb} ${kind}`);
}

/** An object of another kind: `{ "<kind> <namespace>/<name>": object }`, of a cluster's own without the namespace. */
export function other() {
  const found = [`${kind} ${name}`, `${kind} ${namespace}/${name ?? ""}`]
    .map((key) => script.objects?.[key])
    .find((object) => object !== undefined);
  if (verb !== "get" || found === undefined)
    fail(`Error from server (NotFound): ${kind} "${name}" not found`);
  print(found);
}

const noteOf = (object) => `${JSON.stringify(object)}\n`;

function written(there) {
  const object = JSON.parse(readFileSync(0, "utf8"));
  const id = `${object.metadata.namespace}/${object.metadata.name}`;
  const before = there[id];
  if (verb === "create" && before !== undefined)
    fail(`Error from server (AlreadyExists): "${id}" already exists`);
  if (verb === "replace" && before?.metadata.resourceVersion !== object.metadata.resourceVersion)
    fail("Error from server (Conflict): the object has been modified");
  // As kubectl does it: a note that is there is written anew, from all that it was given.
  const { [lastApplied]: note, ...annotations } = object.metadata.annotations ?? {};
  const whole = { ...object, metadata: { ...object.metadata, annotations } };
  if (note !== undefined) annotations[lastApplied] = noteOf(whole);
  whole.metadata.resourceVersion = String(Number(before?.metadata.resourceVersion ?? 0) + 1);
  const manager = flags["--field-manager"] ?? "kubectl";
  whole.metadata.managedFields = [
    { manager, time: new Date().toISOString(), fieldsV1: { "f:spec": {} } },
    ...(before?.metadata.managedFields ?? []).filter((one) => one.manager !== manager),
  ];
  there[id] = whole;
  keep(there);
  print("written");
}
