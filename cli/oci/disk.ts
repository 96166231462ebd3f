import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { WrongUse } from "../terminal.js";
import { writeWhole } from "./destination.js";
import {
  digestOf,
  type Descriptor,
  type Image,
  type Index,
  maxManifest,
  mediaTypes,
  openImage,
  type Source,
} from "./image.js";
import { compress, decompress, type Entry, isGzip, tar, untar } from "./layer.js";

const layoutFile = "oci-layout";
const indexFile = "index.json";
const dockerFile = "manifest.json";
const blobFile = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

/** The most that is read of an archive. */
const maxArchive = 1024 * 1024 * 1024;

const encode = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The files of an OCI image layout (`image-layout.md` of the specification) that holds one image, sorted by name. */
async function layoutFiles(image: Image, tag: string): Promise<Entry[]> {
  const descriptor = {
    mediaType: image.mediaType,
    size: image.bytes.length,
    digest: image.digest,
    annotations: { "org.opencontainers.image.ref.name": tag },
  };
  const files = new Map<string, Uint8Array>([
    [layoutFile, encode({ imageLayoutVersion: "1.0.0" })],
    [indexFile, encode({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [descriptor] })],
    [blobFile(image.digest), image.bytes],
  ]);
  for (const part of [image.manifest.config, ...image.manifest.layers])
    files.set(blobFile(part.digest), await image.blob(part));
  return [...files].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes an image as a folder with an OCI layout. */
export async function writeFolder(image: Image, folder: string, tag: string): Promise<void> {
  const files = await layoutFiles(image, tag);
  // The index last: until it is there, nobody takes the folder for an image.
  for (const { name, bytes } of files.sort(
    (a, b) => Number(a.name === indexFile) - Number(b.name === indexFile),
  ))
    await writeWhole(join(folder, name), bytes);
}

/**
 * An image as one tar: an OCI archive, and a docker-archive at the same time when it is made of layers of files.
 * `name` and `tag` are what it is called when it is loaded.
 */
export async function archive(image: Image, name: string, tag: string): Promise<Uint8Array> {
  const files = await layoutFiles(image, tag);
  const { config, layers } = image.manifest;
  if (config.mediaType !== mediaTypes.wasmConfig) {
    const entry = {
      Config: blobFile(config.digest),
      RepoTags: [`${name}:${tag}`],
      Layers: layers.map(({ digest }) => blobFile(digest)),
    };
    files.push({ name: dockerFile, bytes: encode([entry]) });
  }
  return tar(files.sort((a, b) => (a.name < b.name ? -1 : 1)));
}

/** True of a folder with an OCI layout. */
export const isLayoutFolder = (path: string): boolean =>
  existsSync(join(path, layoutFile)) && existsSync(join(path, indexFile));

/** The image in a folder with an OCI layout. */
export async function openFolder(path: string): Promise<Image> {
  return fromLayout(path, async (name) => readFile(join(path, name)).catch(absent));
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}

/** The image in a tar: an OCI archive, or what `docker save` writes. */
export async function openArchive(path: string): Promise<Image> {
  const { size } = await stat(path);
  if (size > maxArchive)
    throw new WrongUse(`${path} has ${size} bytes: an archive of more than ${maxArchive} is not read`);
  let files: Map<string, Uint8Array>;
  try {
    const bytes = await readFile(path);
    const entries = await untar(isGzip(bytes) ? decompress(bytes, maxArchive) : bytes);
    files = new Map(entries.map((entry) => [entry.name.replace(/^\.\//, ""), entry.bytes]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw new WrongUse(`${path} is neither a module nor an image: ${(error as Error).message}`);
  }
  if (files.has(indexFile)) return fromLayout(path, async (name) => files.get(name) ?? null);
  const described = files.get(dockerFile);
  if (described !== undefined) return fromDockerArchive(path, files, described);
  throw new WrongUse(
    `${path} is a tar without an image: it has neither ${indexFile} (OCI) nor ${dockerFile} (docker save)`,
  );
}

async function fromLayout(path: string, read: (name: string) => Promise<Uint8Array | null>): Promise<Image> {
  const blob = async (digest: string): Promise<Uint8Array> => {
    const bytes = await read(blobFile(digest));
    if (bytes === null)
      throw new WrongUse(`${path} lacks the blob ${digest} that it names: it was not copied whole`);
    return bytes;
  };
  const index = await read(indexFile);
  const images = index === null ? [] : manifestsOf(index, path);
  if (images.length !== 1) {
    const names = images.map(
      ({ annotations, digest }) => annotations?.["org.opencontainers.image.ref.name"] ?? digest,
    );
    throw new WrongUse(
      `${path} holds ${images.length === 0 ? "no image" : `${images.length} images (${names.join(", ")})`}: one is expected`,
    );
  }
  const [only] = images;
  const source: Source = {
    name: path,
    manifest: async (digest = only!.digest) => ({ bytes: await blob(digest), mediaType: only!.mediaType }),
    blob: ({ digest }) => blob(digest),
  };
  const image = await openImage(source);
  const outer = image.index?.digest ?? image.digest;
  if (outer !== only!.digest)
    throw new WrongUse(
      `${path}: the manifest that should be ${only!.digest} is ${outer}: it was damaged or changed`,
    );
  return image;
}

function manifestsOf(index: Uint8Array, path: string): Descriptor[] {
  try {
    const { manifests } = JSON.parse(new TextDecoder().decode(index)) as Partial<Index>;
    if (Array.isArray(manifests) && manifests.every(({ digest }) => /^sha256:[a-f0-9]{64}$/.test(digest)))
      return manifests;
  } catch {
    // Said below.
  }
  throw new WrongUse(`${path} has an ${indexFile} that is no image index`);
}

interface Saved {
  Config: string;
  Layers: string[];
}

/** `docker save` keeps layers as plain tars and no manifest: one is made, with the layers compressed as ours are. */
async function fromDockerArchive(
  path: string,
  files: Map<string, Uint8Array>,
  described: Uint8Array,
): Promise<Image> {
  const file = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined)
      throw new WrongUse(`${path} lacks the file ${name} that its ${dockerFile} names`);
    return bytes;
  };
  const saved = savedIn(described, path);
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, size: bytes.length, digest };
  };
  const bytes = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: add(mediaTypes.dockerConfig, file(saved.Config)),
    layers: saved.Layers.map((name) => {
      const layer = file(name);
      return add(mediaTypes.dockerLayer, isGzip(layer) ? layer : compress(layer));
    }),
  });
  if (bytes.length > maxManifest) throw new WrongUse(`${path} has too many layers for one image`);
  return openImage({
    name: path,
    manifest: async () => ({ bytes }),
    blob: async ({ digest }) => blobs.get(digest)!,
  });
}

function savedIn(described: Uint8Array, path: string): Saved {
  let read: Saved[] | null = null;
  try {
    read = JSON.parse(new TextDecoder().decode(described)) as Saved[];
  } catch {
    // Said below.
  }
  if (!Array.isArray(read) || typeof read[0]?.Config !== "string" || !Array.isArray(read[0].Layers))
    throw new WrongUse(`${path} has a ${dockerFile} that docker save does not write`);
  if (read.length !== 1) throw new WrongUse(`${path} holds ${read.length} images: one is expected`);
  return read[0];
}
