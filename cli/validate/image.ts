import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { WasmPlugin } from "../istio/types.js";
import { annotationNames } from "../oci/metadata.js";
import { annotationsOf, asIstioReads } from "../oci/content.js";
import { hexOf, type Image } from "../oci/image.js";
import { parseReference } from "../oci/reference.js";
import { Repository } from "../oci/registry.js";
import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { configFindings, type PluginSchemas } from "./plugin-config.js";
import type { Finding } from "./finding.js";
import { parseModuleUrl } from "./url.js";

/** How long a registry may take to answer all questions of an image, in milliseconds. */
const patience = 30_000;

const place = ["spec", "url"];
const digestPlace = ["spec", "sha256"];

/** What is wrong with the image or the module that a WasmPlugin names: it is asked for where it lies. */
export async function imageFindings(
  plugin: WasmPlugin,
  file: string,
  schemas: PluginSchemas,
): Promise<Finding[]> {
  const { url } = plugin.spec;
  const parsed = typeof url === "string" ? parseModuleUrl(url) : null;
  const look =
    parsed?.scheme === "oci"
      ? inRegistry
      : parsed?.scheme === "http" || parsed?.scheme === "https"
        ? onWeb
        : null;
  if (look === null) return [];
  try {
    const late = new AbortController();
    const tooLate = sleep(patience, undefined, { signal: late.signal, ref: false }).then(() => {
      throw new MissingPrerequisite(`no answer within ${patience / 1000} s`);
    });
    tooLate.catch(() => {});
    try {
      return await Promise.race([look(plugin, file, schemas), tooLate]);
    } finally {
      late.abort();
    }
  } catch (error) {
    if (error instanceof WrongUse)
      return [{ level: "error", rule: "image/absent", place, message: error.message }];
    if (error instanceof MissingPrerequisite)
      return [
        {
          level: "notice",
          rule: "image/unasked",
          place,
          message: `the image could not be looked at: ${error.message}`,
        },
      ];
    throw error;
  }
}

async function inRegistry({ spec }: WasmPlugin, file: string, schemas: PluginSchemas): Promise<Finding[]> {
  const image = await (await Repository.open(parseReference(spec.url), "pull", {})).image();
  const verdict = await asIstioReads(image);
  const annotations = await annotationsOf(image);
  const found: Finding[] = [];
  if (!verdict.accepted)
    found.push({
      level: "error",
      rule: "image/layout",
      place,
      message: `Istio does not take this image: ${verdict.reasons.join("; ")}`,
      proposal: "Make it with `apw image build`, or with a Dockerfile FROM scratch that copies plugin.wasm.",
    });
  found.push(...digestFindings(spec.sha256, image, verdict.accepted ? verdict.module : null));
  const rootIds = annotations[annotationNames.rootIds]?.split(",") ?? [];
  if (rootIds.length > 0 && spec.pluginName !== undefined && !rootIds.includes(spec.pluginName))
    found.push({
      level: "warning",
      rule: "image/plugin-name",
      place: ["spec", "pluginName"],
      message: `the image says that its root contexts are called ${rootIds.join(", ")}, and not ${spec.pluginName}`,
    });
  const filter = annotations[annotationNames.filter];
  if (filter !== undefined && (filter === "network") !== (spec.type === "NETWORK"))
    found.push({
      level: "error",
      rule: "image/type",
      place: spec.type === undefined ? ["spec"] : ["spec", "type"],
      message: `the image says that it is a filter of ${filter === "network" ? "connections" : "HTTP requests"}, and spec.type ${spec.type === "NETWORK" ? "is NETWORK" : "is not NETWORK"}`,
    });
  const schema = annotations[annotationNames.configSchema];
  if (schema !== undefined && schemas.ofSpec(spec, file).validate === null)
    found.push(
      ...configFindings(spec.pluginConfig, ["spec", "pluginConfig"], schemas.fromText(schema, spec.url)),
    );
  return found;
}

function digestFindings(sha256: string | undefined, image: Image, module: Uint8Array | null): Finding[] {
  const digest = hexOf(image.digest);
  if (!sha256 || sha256 === digest || image.index?.digest === `sha256:${sha256}`) return [];
  const isModule = module !== null && sha256 === sha256Of(module);
  return [
    {
      level: "error",
      rule: "image/digest",
      place: digestPlace,
      message: isModule
        ? "spec.sha256 is the digest of the module, and Istio compares that of the image's manifest"
        : "spec.sha256 is not the digest of what is under this name now",
      proposal: `Write ${digest}${isModule ? "" : ", when that is the image you mean"}.`,
      // Another image may have been put under the name: then the digest did its work.
      ...(isModule && { fix: [{ set: digestPlace, to: digest }] }),
    },
  ];
}

/** A module behind http(s): Istio compares its own digest. */
async function onWeb({ spec }: WasmPlugin): Promise<Finding[]> {
  let bytes: Uint8Array;
  try {
    const answer = await fetch(spec.url, { signal: AbortSignal.timeout(patience) });
    if (!answer.ok) throw new WrongUse(`${spec.url} answers ${answer.status}`);
    bytes = new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (error instanceof WrongUse) throw error;
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
    throw new MissingPrerequisite(`${spec.url} cannot be reached (${cause})`);
  }
  const isModule = bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  if (!isModule)
    return [
      {
        level: "error",
        rule: "image/layout",
        place,
        message: `what ${spec.url} gives is no WebAssembly module`,
      },
    ];
  const digest = sha256Of(bytes);
  if (!spec.sha256 || spec.sha256 === digest) return [];
  return [
    {
      level: "error",
      rule: "image/digest",
      place: digestPlace,
      message: "spec.sha256 is not the digest of what the url gives now",
      proposal: `Write ${digest}, when that is the module you mean.`,
    },
  ];
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
