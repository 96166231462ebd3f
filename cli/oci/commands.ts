import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { bold, dim, Finding, green, red, WrongUse, yellow } from "../terminal.js";
import { annotationsOf, anyModule, asIstioReads, layoutOf, whyNoModule } from "./content.js";
import { writeWhole } from "./destination.js";
import { archive, writeFolder } from "./disk.js";
import { digestOf, hexOf, type Image } from "./image.js";
import { makeImage, type MakeOptions } from "./make.js";
import { annotationNames } from "./metadata.js";
import { noteLine, progressLines, silent, size } from "./progress.js";
import { format, parseReference, type Reference } from "./reference.js";
import { Repository } from "./registry.js";
import { isOnDisk, type Login, openOnDisk, openSubject, registryOptions } from "./subject.js";

const versionName = "org.opencontainers.image.version";
const titleName = "org.opencontainers.image.title";

/** `apw image build` */
export async function build(
  word: string | undefined,
  options: MakeOptions & { output?: string },
): Promise<void> {
  const made = await makeImage(word, options);
  const { image, annotations, plugin } = made;
  const output = resolve(options.output ?? plugin.module.replace(/(\.wasm)?$/, ".tar"));
  const tag = tagFor(annotations[versionName]);
  if (isFolder(output, options.output)) await writeFolder(image, output, tag);
  else
    await writeWhole(output, await archive(image, repositoryFor(annotations[titleName] ?? plugin.name), tag));
  if (options.json) return print({ output, layout: options.layout, ...digests(image), annotations });
  console.log(`${green("built")} ${output} ${dim(`(${options.layout}, ${sizeOf(image)})`)}`);
  console.log(`digest ${image.digest}\n`);
  console.log(
    `It goes to a registry with: apw image push ${options.output ?? output} oci://host/name:${tag}`,
  );
}

function isFolder(output: string, asWritten: string | undefined): boolean {
  if (asWritten?.endsWith("/")) return true;
  if (existsSync(output)) return statSync(output).isDirectory();
  return !/\.(tar|oci)$/.test(output);
}

/** `apw image push` */
export async function push(word: string, target: string, options: MakeOptions & Login): Promise<void> {
  const reference = parseReference(target);
  if (reference.digest !== undefined)
    throw new WrongUse(
      `${target}: an image is pushed to a tag, its digest comes of itself: leave ${reference.digest} out`,
    );
  const progress = options.json ? silent : progressLines();
  const image = isImage(word) ? await openOnDisk(word) : (await makeImage(word, options)).image;
  if (!options.force) await refuseWhatIstioRefuses(image, word);
  const repository = await Repository.open(
    reference,
    "pull,push",
    await registryOptions(options, progress.note),
  );
  await repository.push(image, progress);
  const url = format(reference);
  if (options.json) return print({ url, ...digests(image) });
  console.log(`${green("pushed")} ${url} ${dim(`(${layoutOf(image)}, ${sizeOf(image)})`)}`);
  console.log(`digest ${image.digest}\n`);
  console.log(wasmPlugin(reference, image));
}

/** True of an archive or a layout, which is pushed as it is; false of what an image is made from first. */
const isImage = (word: string): boolean =>
  isOnDisk(word) &&
  (statSync(word).isDirectory() ? existsSync(resolve(word, "oci-layout")) : !word.endsWith(".wasm"));

async function refuseWhatIstioRefuses(image: Image, word: string): Promise<void> {
  const verdict = await asIstioReads(image);
  if (verdict.accepted) return;
  throw new WrongUse(
    `Istio would refuse the image ${word}: ${verdict.reasons.join("; ")}. Build it with apw image build, or push it all the same with --force`,
  );
}

/** What goes into a WasmPlugin: the digest of the manifest is what Istio compares `sha256` with. */
function wasmPlugin(reference: Reference, image: Image): string {
  return [
    bold("In the WasmPlugin:"),
    "spec:",
    `  url: ${format(reference)}`,
    `  sha256: ${hexOf(image.digest)}`,
  ].join("\n");
}

/** `apw image pull` */
export async function pull(
  word: string,
  options: Login & { output?: string; sha256?: string; json?: boolean },
): Promise<void> {
  const wanted = options.sha256 === undefined ? null : digestAsked(options.sha256);
  const image = await openSubject(
    word,
    await registryOptions(options, options.json ? silent.note : noteLine),
  );
  if (wanted !== null && wanted !== image.digest)
    throw unfit(word, image, wanted, (await anyModule(image)) ?? null);
  const verdict = await asIstioReads(image);
  const module = verdict.accepted ? verdict.module : await anyModule(image);
  if (module === null || whyNoModule(module) !== null)
    throw new WrongUse(
      `${word} is an image without a module that one could take out: ${(verdict as { reasons: string[] }).reasons.join("; ")}`,
    );
  const title =
    (await annotationsOf(image))[titleName] ?? (isOnDisk(word) ? "plugin" : parseReference(word).repository);
  const output = resolve(options.output ?? `${repositoryFor(title.split("/").pop()!)}.wasm`);
  await writeWhole(output, module);
  const sha256 = hexOf(digestOf(module));
  if (options.json)
    return print({
      output,
      bytes: module.length,
      moduleSha256: sha256,
      ...digests(image),
      istio: verdict.accepted,
    });
  console.log(`${green("pulled")} ${output} ${dim(`(${size(module.length)}, sha256 ${sha256})`)}`);
  console.log(`digest ${image.digest}`);
  if (!verdict.accepted) console.log(yellow(`Istio would refuse this image: ${verdict.reasons.join("; ")}`));
}

function digestAsked(text: string): string {
  if (!/^(sha256:)?[a-f0-9]{64}$/.test(text))
    throw new WrongUse(`--sha256 wants 64 digits of 0-9 and a-f, and ${text} is none`);
  return `sha256:${hexOf(text)}`;
}

function unfit(word: string, image: Image, wanted: string, module: Uint8Array | null): WrongUse {
  const why =
    module !== null && digestOf(module) === wanted
      ? "that is the module's own hash, where an oci:// image goes by its manifest's"
      : wanted === image.index?.digest
        ? "that is the index's digest, where Istio compares with the image's in it"
        : "the image was changed, or another one has its tag";
  return new WrongUse(`${word} has the digest ${image.digest}, and not ${wanted}: ${why}`);
}

/** `apw image inspect` */
export async function inspect(word: string, options: Login & { json?: boolean }): Promise<void> {
  const image = await openSubject(
    word,
    await registryOptions(options, options.json ? silent.note : noteLine),
  );
  const verdict = await asIstioReads(image);
  const annotations = await annotationsOf(image);
  const module = verdict.accepted ? verdict.module : await anyModule(image);
  const { manifest, index } = image;
  const described = {
    layout: layoutOf(image),
    mediaType: image.mediaType,
    ...digests(image),
    ...(index !== undefined && { index: { digest: index.digest, images: index.manifests.length } }),
    istio: verdict.accepted ? { accepted: true } : { accepted: false, reasons: verdict.reasons },
    ...(module !== null && { module: { bytes: module.length, sha256: hexOf(digestOf(module)) } }),
    config: manifest.config,
    layers: manifest.layers,
    annotations,
  };
  if (options.json) print(described);
  else report(word, described, annotations);
  if (!verdict.accepted) throw new Finding();
}

interface Described extends ReturnType<typeof digests> {
  layout: string;
  mediaType: string;
  index?: { digest: string; images: number };
  istio: { accepted: boolean; reasons?: string[] };
  module?: { bytes: number; sha256: string };
  config: { mediaType: string; size: number; digest: string };
  layers: { mediaType: string; size: number; digest: string }[];
}

function report(word: string, it: Described, annotations: Record<string, string>): void {
  console.log(`${bold(word)} ${dim(`${it.layout} layout, ${it.mediaType}`)}`);
  console.log(`digest  ${it.digest}`);
  console.log(`sha256  ${it.sha256} ${dim("for spec.sha256 of a WasmPlugin")}`);
  if (it.index !== undefined) console.log(`index   ${it.index.digest}, ${it.index.images} images`);
  if (it.module !== undefined) console.log(`module  ${size(it.module.bytes)}, sha256 ${it.module.sha256}`);
  console.log(`config  ${it.config.mediaType} ${size(it.config.size)}`);
  for (const layer of it.layers)
    console.log(`layer   ${layer.mediaType} ${size(layer.size)} ${dim(layer.digest)}`);
  for (const [name, value] of Object.entries(annotations)) {
    const shown = name === annotationNames.configSchema ? `a JSON schema of ${size(value.length)}` : value;
    console.log(`${dim(name)}  ${shown}`);
  }
  if (it.istio.accepted) console.log(`Istio   ${green("takes it")}`);
  else console.log(`Istio   ${red("refuses it")}: ${it.istio.reasons!.join("; ")}`);
}

const digests = (image: Image) => ({ digest: image.digest, sha256: hexOf(image.digest) });

const sizeOf = ({ manifest }: Image): string =>
  size([manifest.config, ...manifest.layers].reduce((sum, part) => sum + part.size, 0));

const print = (value: object): void => console.log(JSON.stringify(value, null, 2));

/** A version as a tag: `1.0.0+build` has a sign that tags have not. */
const tagFor = (version: string | undefined): string =>
  version
    ?.replace(/[^A-Za-z0-9_.-]/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 128) || "latest";

/** A name as a repository: small letters and digits, with single separators. */
const repositoryFor = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "") || "plugin";
