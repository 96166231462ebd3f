import { createHash } from "node:crypto";
import { WrongUse } from "../terminal.js";

/** What a manifest says of one of its blobs (OCI image specification, `descriptor.md`). */
export interface Descriptor {
  mediaType: string;
  size: number;
  digest: string;
  annotations?: Record<string, string>;
  platform?: { os?: string; architecture?: string };
}

/** An image manifest, of Docker (version 2, schema 2) or of OCI. */
export interface Manifest {
  schemaVersion: number;
  mediaType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
}

/** An image index, or Docker's manifest list: several images, one a platform. */
export interface Index {
  schemaVersion: number;
  mediaType?: string;
  manifests: Descriptor[];
}

/** An image wherever it lies. */
export interface Image {
  manifest: Manifest;
  /** The manifest's bytes as they lie: their digest is the image's. */
  bytes: Uint8Array;
  mediaType: string;
  /** `sha256:...` of the manifest: what `spec.sha256` of a WasmPlugin wants, without the prefix. */
  digest: string;
  /** The index that it was picked from. */
  index?: { digest: string; mediaType: string; manifests: Descriptor[] };
  /** A blob of the image, with its size and digest checked. Blobs may be read more than once. */
  blob(descriptor: Descriptor): Promise<Uint8Array>;
}

/** Where manifests and blobs come from: a registry, a folder, an archive. */
export interface Source {
  /** What it is called in sentences. */
  name: string;
  manifest(digest?: string): Promise<{ bytes: Uint8Array; mediaType?: string }>;
  /** Must give as many bytes as the descriptor says, or fewer; who asks checks them. */
  blob(descriptor: Descriptor): Promise<Uint8Array>;
}

export const mediaTypes = {
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar+gzip",
  wasmConfig: "application/vnd.module.wasm.config.v1+json",
  wasmContent: "application/vnd.module.wasm.content.layer.v1+wasm",
} as const;

/** What Istio reads of a module at most (`MaxWasmBinarySizeBytes`); no blob of ours is larger. */
export const maxBlob = 256 * 1024 * 1024;
/** As registries limit it (distribution specification, 'Pushing Manifests'). */
export const maxManifest = 4 * 1024 * 1024;

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** What `spec.sha256` holds: the digest without its prefix. */
export const hexOf = (digest: string): string => digest.replace(/^sha256:/, "");

/** The image of a source. Of an index it is the one that Istio picks: linux/amd64, or one that names no platform. */
export async function openImage(source: Source): Promise<Image> {
  const first = await source.manifest();
  const outer = readManifest(first, source.name);
  if (!("manifests" in outer.manifest)) return imageOf(source, first.bytes, outer.mediaType, outer.manifest);
  const { manifests } = outer.manifest;
  const index = { digest: digestOf(first.bytes), mediaType: outer.mediaType, manifests };
  const picked = manifests.find(({ platform }) => {
    const { os = "linux", architecture = "amd64" } = platform ?? {};
    return os === "linux" && architecture === "amd64";
  });
  if (picked === undefined)
    throw new WrongUse(
      `${source.name} is an index of ${platformsOf(manifests)}: Istio takes the image for linux/amd64 out of an index, and there is none`,
    );
  const inner = await source.manifest(picked.digest);
  if (digestOf(inner.bytes) !== picked.digest)
    throw new WrongUse(
      `${source.name}: the manifest ${picked.digest} that the index names has the digest ${digestOf(inner.bytes)}: it was damaged or changed`,
    );
  const { manifest, mediaType } = readManifest(inner, source.name);
  if ("manifests" in manifest)
    throw new WrongUse(`${source.name} is an index within an index, which Istio does not follow`);
  return { ...imageOf(source, inner.bytes, mediaType, manifest), index };
}

const platformsOf = (manifests: Descriptor[]): string =>
  manifests.map(({ platform }) => `${platform?.os ?? "?"}/${platform?.architecture ?? "?"}`).join(", ") ||
  "no images";

function readManifest(
  { bytes, mediaType: told }: { bytes: Uint8Array; mediaType?: string },
  name: string,
): { manifest: Manifest | Index; mediaType: string } {
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new WrongUse(`${name} has a manifest that is not JSON: it is no image`);
  }
  const it = (typeof read === "object" && read !== null ? read : {}) as Partial<Manifest & Index>;
  if (it.schemaVersion === 1)
    throw new WrongUse(
      `${name} has a manifest of Docker's schema 1, which Istio does not read: build the image anew`,
    );
  const mediaType = it.mediaType ?? told?.split(";")[0]!.trim();
  if (isList(it.manifests) && !("layers" in it))
    return { manifest: it as Index, mediaType: mediaType ?? mediaTypes.ociIndex };
  if (!isDescriptor(it.config) || !isList(it.layers))
    throw new WrongUse(`${name} has a manifest without config and layers: it is no image`);
  return { manifest: it as Manifest, mediaType: mediaType ?? mediaTypes.ociManifest };
}

const isList = (value: unknown): value is Descriptor[] => Array.isArray(value) && value.every(isDescriptor);

function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, size, digest } = value as Partial<Descriptor>;
  return (
    typeof mediaType === "string" &&
    Number.isSafeInteger(size) &&
    size! >= 0 &&
    typeof digest === "string" &&
    /^sha256:[a-f0-9]{64}$/.test(digest)
  );
}

function imageOf(source: Source, bytes: Uint8Array, mediaType: string, manifest: Manifest): Image {
  const read = new Map<string, Uint8Array>();
  return {
    manifest,
    bytes,
    mediaType,
    digest: digestOf(bytes),
    async blob(descriptor) {
      const known = read.get(descriptor.digest);
      if (known !== undefined) return known;
      if (descriptor.size > maxBlob)
        throw new WrongUse(
          `${source.name} has a layer of ${descriptor.size} bytes: Istio reads ${maxBlob} at most`,
        );
      const blob = await source.blob(descriptor);
      checkBlob(blob, descriptor, source.name);
      read.set(descriptor.digest, blob);
      return blob;
    },
  };
}

function checkBlob(blob: Uint8Array, { size, digest }: Descriptor, name: string): void {
  if (blob.length !== size)
    throw new WrongUse(
      `${name}: the blob ${digest} has ${blob.length} bytes, and the manifest says ${size}: it was damaged or changed`,
    );
  const found = digestOf(blob);
  if (found !== digest)
    throw new WrongUse(`${name}: the blob that should be ${digest} is ${found}: it was damaged or changed`);
}
