import { digestOf, type Descriptor, type Image, type Manifest, mediaTypes } from "./image.js";
import { compress, type Entry, tar } from "./layer.js";

/**
 * How an image is laid out; Istio takes all three.
 *
 * | layout     | manifest | layers                                                                            |
 * | ---------- | -------- | --------------------------------------------------------------------------------- |
 * | `docker`   | Docker   | tar.gz with runtime-config.json, tar.gz with plugin.wasm                          |
 * | `oci`      | OCI      | the same, with OCI's media types                                                  |
 * | `artifact` | OCI      | the module as it is, runtime-config.json as it is: Istio wants exactly two layers |
 */
export const layouts = ["docker", "oci", "artifact"] as const;
export type Layout = (typeof layouts)[number];

/** What an image is made from. */
export interface Content {
  module: Uint8Array;
  /** Names and values: labels of the configuration, and annotations of the manifest where it has such. */
  annotations: Readonly<Record<string, string>>;
  /** What a host must know, `runtime-config.json` of the Wasm image specification. */
  runtime: object;
  /** When it was made, as the image says: the beginning of time unless somebody named a moment. */
  created?: Date;
}

/** The file that Istio looks for in the last layer. */
export const moduleFile = "plugin.wasm";
export const runtimeFile = "runtime-config.json";

/** An image in memory. The same content gives the same bytes, wherever and whenever it is built. */
export async function buildImage(layout: Layout, content: Content): Promise<Image> {
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array, title?: string): Descriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return {
      mediaType,
      size: bytes.length,
      digest,
      ...(title !== undefined && { annotations: { "org.opencontainers.image.title": title } }),
    };
  };
  const manifest = layout === "artifact" ? artifact(content, add) : await container(layout, content, add);
  const bytes = encode(manifest);
  return {
    manifest,
    bytes,
    mediaType: manifest.mediaType!,
    digest: digestOf(bytes),
    blob: async ({ digest }) => blobs.get(digest)!,
  };
}

type Add = (mediaType: string, bytes: Uint8Array, title?: string) => Descriptor;

/** What `FROM scratch`, `COPY runtime-config.json` and `COPY plugin.wasm` give. Istio reads the last layer. */
async function container(layout: "docker" | "oci", content: Content, add: Add): Promise<Manifest> {
  const files: Entry[] = [
    { name: runtimeFile, bytes: encode(content.runtime) },
    { name: moduleFile, bytes: content.module },
  ];
  const tars = await Promise.all(files.map((file) => tar([file])));
  const created = (content.created ?? new Date(0)).toISOString().replace(/\.\d+Z$/, "Z");
  const labels = sorted(content.annotations);
  const isDocker = layout === "docker";
  const config = {
    created,
    // A module runs anywhere; tools that pull an image want a platform, and refuse one that they do not know.
    architecture: "amd64",
    os: "linux",
    config: { Labels: labels },
    rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
    history: files.map(({ name }) => ({
      created,
      created_by: `COPY ${name} /${name}`,
      comment: "apw image build",
    })),
  };
  return {
    schemaVersion: 2,
    mediaType: isDocker ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
    config: add(isDocker ? mediaTypes.dockerConfig : mediaTypes.ociConfig, encode(config)),
    layers: tars.map((bytes) =>
      add(isDocker ? mediaTypes.dockerLayer : mediaTypes.ociLayer, compress(bytes)),
    ),
    // Docker's manifest has no annotations: there the labels alone hold them.
    ...(!isDocker && { annotations: labels }),
  };
}

function artifact({ module, runtime, annotations }: Content, add: Add): Manifest {
  const text = encode(runtime);
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: add(mediaTypes.wasmConfig, text),
    layers: [add(mediaTypes.wasmContent, module, moduleFile), add(mediaTypes.wasmConfig, text, runtimeFile)],
    annotations: sorted(annotations),
  };
}

/**
 * JSON without spaces, the fields in the order in which Go's libraries write them: a tool that reads a docker-archive and
 * writes the manifest anew then comes to the same digest.
 */
const encode = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const sorted = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
