import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { Finding, red, WrongUse, yellow } from "../terminal.js";
import { isObject } from "../validate/finding.js";
import { PluginSchemas } from "../validate/plugin-config.js";
import { type Manifest, manifestsIn, readManifests } from "../validate/read.js";
import { findingText } from "../validate/report.js";
import { validate, validateImages } from "../validate/validate.js";
import { type Change, change, type Wanted } from "./change.js";
import { finish, type FinishOptions } from "./finish.js";
import { Kubectl } from "./kubectl.js";
import { Output } from "./output.js";
import { ownerWarning } from "./owners.js";
import { prerequisites, rights } from "./prerequisites.js";
import { trialsFrom } from "./test-request.js";
import { nameOf } from "./wasm-plugins.js";

export interface DeployOptions extends FinishOptions {
  image?: string;
  sha256?: string;
  config?: string;
  selector?: Record<string, string>;
  gateway?: string;
  name?: string;
  images: boolean;
  strict?: boolean;
}

/** Runs `apw deploy`. */
export async function deploy(word: string | undefined, options: DeployOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  trialsFrom(options);
  const manifests = await manifestsFor(word, options);
  const kubectl = new Kubectl(options, out.say);
  const plugins = manifests.filter(({ value }) => value?.["kind"] === "WasmPlugin");
  if (plugins.length === 0 && !manifests.some(({ value }) => value?.["kind"] === "EnvoyFilter"))
    throw new WrongUse(`${word ?? "apw.yaml"} has neither a WasmPlugin nor an EnvoyFilter`);
  await checked(manifests, options, kubectl, out);
  const namespace = await kubectl.namespace();
  await prerequisites(kubectl, [...rights.write, ...(options.wait ? rights.look : [])]);
  const since = new Date();
  await applyOthers(kubectl, manifests, out);
  const changes: Change[] = [];
  for (const { value } of plugins) {
    const wanted = value as unknown as Wanted;
    const metadata = { ...wanted.metadata, namespace: wanted.metadata.namespace ?? namespace };
    const done = await change(kubectl, { metadata, spec: wanted.spec }, "deploy");
    changes.push(done);
    if (!kubectl.isDry) out.say(`${nameOf(done.after)}: ${done.action}, version ${done.version}`);
    const warning = done.before === null ? null : ownerWarning(done.before);
    if (warning !== null) out.say(warning);
  }
  await finish(kubectl, changes, options, out, since);
}

/** The manifests that a word means: a file or folder of manifests, or what `apw manifest` makes of a plugin. */
async function manifestsFor(word: string | undefined, options: DeployOptions): Promise<Manifest[]> {
  const isFile =
    word === "-" ||
    (word !== undefined &&
      existsSync(word) &&
      (statSync(word).isDirectory()
        ? !existsSync(join(word, "package.json"))
        : /\.(ya?ml|json)$/.test(word)));
  const given = ["image", "sha256", "config", "selector", "gateway", "name"] as const;
  if (isFile && !isProjectFile(word)) {
    const [useless] = given.filter((key) => options[key] !== undefined);
    if (useless !== undefined)
      throw new WrongUse(
        `--${useless} is of a plugin, and ${word} says it itself: change it there, or use apw update`,
      );
    const all = await readManifests([word]);
    return all.filter(({ value, broken }) => broken.length > 0 || typeof value?.["kind"] === "string");
  }
  const { render } = await import("../manifest/command.js");
  const asked = Object.fromEntries(
    given.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  );
  const files = await render(isProjectFile(word) || word === undefined ? [] : [word], {
    kind: "wasmplugin",
    listen: 10000,
    adminPort: 9901,
    upstream: "127.0.0.1:8080",
    ...(isProjectFile(word) && word !== undefined && { file: word }),
    ...(options.namespace !== undefined && { namespace: options.namespace }),
    ...asked,
  });
  return files.flatMap(({ name, text }) => manifestsIn(text, `${name}.yaml`));
}

const isProjectFile = (word: string | undefined): boolean =>
  word !== undefined && /(^|[/\\])apw\.ya?ml$/.test(word);

/** What `apw validate` finds, then Istio's own validation where istioctl is there; errors end it here. */
async function checked(
  manifests: readonly Manifest[],
  options: DeployOptions,
  kubectl: Kubectl,
  out: Output,
): Promise<void> {
  const schemas = new PluginSchemas();
  const found = [
    ...validate(manifests, schemas),
    ...(options.images ? await validateImages(manifests, schemas) : []),
  ];
  for (const finding of found) out.say(findingText(finding));
  const stops = found.filter(({ level }) => level === "error" || (options.strict && level === "warning"));
  if (stops.length === 0) return accepted(manifests, kubectl, out);
  out.say(`${red("not deployed")}: put ${stops.length === 1 ? "this" : `these ${stops.length}`} right first`);
  out.result({
    ok: false,
    findings: stops.map(({ file, line, rule, message }) => ({ file, line, rule, message })),
  });
  throw new Finding();
}

async function accepted(manifests: readonly Manifest[], kubectl: Kubectl, out: Output): Promise<void> {
  const texts = manifests.filter(({ value }) => value !== null).map(({ value }) => JSON.stringify(value));
  const refused = (await (await kubectl.istioctl())?.validate(texts.join("\n---\n"))) ?? [];
  if (refused.length === 0) return;
  for (const line of refused) out.say(`${red("error")}  istioctl validate: ${line}`);
  out.say(`${red("not deployed")}: --no-istioctl leaves out what an old istioctl does not know yet`);
  out.result({ ok: false, findings: refused.map((message) => ({ rule: "istioctl", message })) });
  throw new Finding();
}

/** What plugins need beside them (ServiceEntries and the like), and EnvoyFilters: as kubectl apply does it. */
async function applyOthers(kubectl: Kubectl, manifests: readonly Manifest[], out: Output): Promise<void> {
  const others = manifests.filter(({ value }) => isObject(value) && value["kind"] !== "WasmPlugin");
  if (others.length === 0) return;
  const input = others.map(({ value }) => stringify(value, { lineWidth: 0 })).join("---\n");
  const said = await kubectl.change(["apply", "-f", "-"], { input });
  if (said.trim() !== "") out.say(said.trim());
  if (others.some(({ value }) => value!["kind"] === "EnvoyFilter"))
    out.say(
      `${yellow("note")}  EnvoyFilters are applied; versions are kept, and proxies asked, of WasmPlugins only`,
    );
}
