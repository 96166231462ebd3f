import { existsSync, readFileSync } from "node:fs";
import type { WasmPluginSpec } from "../istio/types.js";
import { objectIn } from "../manifest/project-file.js";
import { Finding, red, WrongUse } from "../terminal.js";
import { PluginSchemas } from "../validate/plugin-config.js";
import { manifestsIn } from "../validate/read.js";
import { findingText } from "../validate/report.js";
import { validate, validateImages } from "../validate/validate.js";
import { change } from "./change.js";
import { digestBehind } from "./digest.js";
import { finish, type FinishOptions } from "./finish.js";
import { Kubectl } from "./kubectl.js";
import { Output } from "./output.js";
import { ownerWarning } from "./owners.js";
import { prerequisites, rights } from "./prerequisites.js";
import { trialsFrom } from "./test-request.js";
import { type Deployed, nameOf, wasmPlugin } from "./wasm-plugins.js";
import { asManifest } from "./write.js";

export interface UpdateOptions extends FinishOptions {
  image?: string;
  sha256?: string;
  config?: string;
  images: boolean;
}

/** Runs `apw update` without a canary. */
export async function update(name: string, options: UpdateOptions): Promise<void> {
  const out = new Output(options.json ?? false);
  trialsFrom(options);
  const kubectl = new Kubectl(options, out.say);
  const { live, spec } = await planned(kubectl, name, options, out);
  const since = new Date();
  const done = await change(kubectl, { metadata: live.metadata, spec }, "update");
  await finish(kubectl, [done], options, out, since);
}

/** What an update makes of a WasmPlugin, judged as `apw validate` does. */
export async function planned(
  kubectl: Kubectl,
  name: string,
  options: UpdateOptions,
  out: Output,
): Promise<{ live: Deployed; spec: WasmPluginSpec }> {
  const { image, sha256, config } = options;
  if (image === undefined && sha256 === undefined && config === undefined)
    throw new WrongUse("say what is new: --image, --sha256 or --config");
  if (sha256 !== undefined && !/^[a-f0-9]{64}$/.test(sha256))
    throw new WrongUse(
      `--sha256 ${sha256}: expected 64 hexadecimal digits in lower case, as \`apw image push\` prints them`,
    );
  const pluginConfig = config === undefined ? undefined : configFrom(config);
  await prerequisites(kubectl, [...rights.write, ...(options.wait ? rights.look : [])]);
  const live = await wasmPlugin(kubectl, name);
  const warning = ownerWarning(live);
  if (warning !== null) out.say(warning);
  const url = image ?? live.spec.url;
  const spec: WasmPluginSpec = { ...live.spec, url };
  const digest = sha256 ?? (image === undefined ? undefined : await digestBehind(image));
  if (digest !== undefined) spec.sha256 = digest;
  if (image !== undefined && sha256 === undefined) out.say(`${image} is ${digest}`);
  if (pluginConfig !== undefined) spec.pluginConfig = pluginConfig;
  await judge({ ...live, spec }, options.images, out);
  return { live, spec };
}

async function judge(object: Deployed, images: boolean, out: Output): Promise<void> {
  const manifests = manifestsIn(JSON.stringify(asManifest(object)), `${nameOf(object)} as updated`);
  const schemas = new PluginSchemas();
  const found = [
    ...validate(manifests, schemas),
    ...(images ? await validateImages(manifests, schemas) : []),
  ];
  const errors = found.filter(({ level }) => level === "error");
  for (const finding of errors) out.say(findingText(finding));
  if (errors.length === 0) return;
  out.say(`${red("not updated")}: nothing was changed`);
  out.result({ ok: false, findings: errors.map(({ rule, message }) => ({ rule, message })) });
  throw new Finding();
}

/** JSON, or a file of JSON or YAML. */
function configFrom(text: string): Record<string, unknown> {
  if (/^\s*\{/.test(text)) return objectIn(text, "--config");
  const file = text.replace(/^@/, "");
  if (!existsSync(file)) throw new WrongUse(`--config names ${file}, and there is no such file`);
  return objectIn(readFileSync(file, "utf8"), file);
}
