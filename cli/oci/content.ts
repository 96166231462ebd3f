import { type Layout, moduleFile } from "./build.js";
import { type Descriptor, type Image, maxBlob, mediaTypes } from "./image.js";
import { decompress, type Entry, isGzip, untar } from "./layer.js";

/** How an image is laid out, by its media types. */
export function layoutOf({ manifest }: Image): Layout | "unknown" {
  const last = manifest.layers.at(-1)?.mediaType;
  if (manifest.mediaType === mediaTypes.dockerManifest)
    return last === mediaTypes.dockerLayer ? "docker" : "unknown";
  if (last === mediaTypes.ociLayer) return "oci";
  return manifest.layers.some(({ mediaType }) => mediaType === mediaTypes.wasmContent)
    ? "artifact"
    : "unknown";
}

export type Verdict = { accepted: true; module: Uint8Array } | { accepted: false; reasons: string[] };

/**
 * Whether Istio's fetcher would take the module out of an image, and why not: the rules of its
 * `pkg/wasm/imagefetcher.go`, which tries an OCI image as layers of files first and as an artifact then.
 */
export async function asIstioReads(image: Image): Promise<Verdict> {
  try {
    const module = await moduleForIstio(image);
    const wrong = whyNoModule(module);
    return wrong === null ? { accepted: true, module } : { accepted: false, reasons: [wrong] };
  } catch (error) {
    if (error instanceof Refusal) return { accepted: false, reasons: error.reasons };
    throw error;
  }
}

class Refusal extends Error {
  constructor(readonly reasons: string[]) {
    super(reasons.join("; "));
  }
}

async function moduleForIstio(image: Image): Promise<Uint8Array> {
  const { layers, mediaType } = image.manifest;
  if (mediaType === mediaTypes.dockerManifest) return fromLastLayer(image, mediaTypes.dockerLayer);
  const content = layers.find((layer) => layer.mediaType === mediaTypes.wasmContent);
  if (content === undefined) return fromLastLayer(image, mediaTypes.ociLayer);
  if (layers.at(-1)?.mediaType === mediaTypes.ociLayer) {
    const files = await fromLastLayer(image, mediaTypes.ociLayer).catch(onlyRefusals);
    if (files !== null) return files;
  }
  if (layers.length !== 2)
    throw new Refusal([`an artifact must have exactly two layers, and this has ${layers.length}`]);
  return image.blob(content);
}

function onlyRefusals(error: unknown): null {
  if (error instanceof Refusal) return null;
  throw error;
}

async function fromLastLayer(image: Image, wanted: string): Promise<Uint8Array> {
  const last = image.manifest.layers.at(-1);
  if (last === undefined) throw new Refusal(["there are no layers"]);
  if (last.mediaType !== wanted)
    throw new Refusal([`the last layer is ${last.mediaType}, and must be ${wanted}`]);
  let files: Entry[];
  try {
    files = await untar(decompress(await image.blob(last)));
  } catch (error) {
    if (error instanceof Error && error.constructor === Error)
      throw new Refusal([`the last layer: ${error.message}`]);
    throw error;
  }
  const file = files.find(({ name }) => baseName(name) === moduleFile);
  if (file === undefined)
    throw new Refusal([
      `the last layer holds ${files.map(({ name }) => name).join(", ") || "no file"}, and no ${moduleFile}`,
    ]);
  return file.bytes;
}

const baseName = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "")
    .pop() ?? "";

/** Null of a WebAssembly module that Istio would keep; it looks at the first bytes alone. */
export function whyNoModule(bytes: Uint8Array): string | null {
  if (bytes.length > maxBlob)
    return `the module has ${bytes.length} bytes, and Istio reads ${maxBlob} at most`;
  const isModule =
    bytes.length >= 8 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  return isModule ? null : "what is in it is no WebAssembly module";
}

/** Media types under which tools push a module as it is. */
const bareModules: string[] = [
  mediaTypes.wasmContent,
  "application/vnd.wasm.content.layer.v1+wasm",
  "application/wasm",
];

/**
 * The module of an image, also of one that Istio refuses: the only plugin.wasm, else the only .wasm file of any layer or
 * layer that is a module as it is. Null when there is none, or several to choose from.
 */
export async function anyModule(image: Image): Promise<Uint8Array | null> {
  const verdict = await asIstioReads(image);
  if (verdict.accepted) return verdict.module;
  const found: Entry[] = [];
  for (const layer of image.manifest.layers) {
    const bytes = await image.blob(layer);
    if (bareModules.includes(layer.mediaType) || whyNoModule(bytes) === null) found.push({ name: "", bytes });
    else if (/tar/.test(layer.mediaType)) found.push(...(await filesIn(bytes)));
  }
  const modules = found.filter(({ bytes }) => whyNoModule(bytes) === null);
  const named = modules.filter(({ name }) => baseName(name) === moduleFile);
  const [only, ...more] = named.length > 0 ? named : modules;
  return only === undefined || more.length > 0 ? null : only.bytes;
}

async function filesIn(layer: Uint8Array): Promise<Entry[]> {
  try {
    return await untar(isGzip(layer) ? decompress(layer) : layer);
  } catch {
    return [];
  }
}

/** What an image says of itself: the manifest's annotations, and the labels of its configuration under them. */
export async function annotationsOf(image: Image): Promise<Record<string, string>> {
  const { config, annotations = {} } = image.manifest;
  return { ...(await labelsOf(image, config)), ...annotations };
}

async function labelsOf(image: Image, config: Descriptor): Promise<Record<string, string>> {
  if (config.mediaType !== mediaTypes.dockerConfig && config.mediaType !== mediaTypes.ociConfig) return {};
  try {
    const read = JSON.parse(new TextDecoder().decode(await image.blob(config))) as {
      config?: { Labels?: Record<string, string> | null };
    } | null;
    return read?.config?.Labels ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
