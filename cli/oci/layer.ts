import { packTar, unpackTar } from "modern-tar";
import { gzip } from "pako";
import { gunzipSync } from "node:zlib";
import { maxBlob } from "./image.js";

/** A file within an archive. */
export interface Entry {
  name: string;
  bytes: Uint8Array;
}

/** A tar whose bytes depend on the files' names and contents alone: no time, no owner, one mode, the order given. */
export async function tar(entries: readonly Entry[]): Promise<Uint8Array> {
  return packTar(
    entries.map(({ name, bytes }) => ({
      header: {
        name,
        size: bytes.length,
        mode: 0o644,
        mtime: new Date(0),
        uid: 0,
        gid: 0,
        uname: "",
        gname: "",
      },
      body: bytes,
    })),
  );
}

/**
 * A gzip stream whose bytes depend on the input alone. Node's own zlib is another one in each release and gives other
 * bytes; pako is JavaScript, and package.json holds it to one version.
 */
export function compress(bytes: Uint8Array): Uint8Array {
  const stream = gzip(bytes, { level: 9 });
  // The header says which system made it: unknown.
  stream[9] = 255;
  return stream;
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Throws an error with a sentence when the bytes are no gzip stream, or hold more than Istio would read. */
export function decompress(bytes: Uint8Array, limit = maxBlob): Uint8Array {
  if (!isGzip(bytes)) throw new Error("it is not compressed with gzip");
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new Error(`it holds more than ${limit} bytes`);
    throw new Error("its gzip stream is damaged");
  }
}

/** The files of a tar in their order; folders and links are left out. Throws an error with a sentence when it is none. */
export async function untar(bytes: Uint8Array): Promise<Entry[]> {
  if (bytes.length < 512) throw new Error("it is no tar archive");
  try {
    const entries = await unpackTar(bytes);
    return entries
      .filter(({ header }) => (header.type ?? "file") === "file")
      .map(({ header, data }) => ({ name: header.name, bytes: data ?? new Uint8Array() }));
  } catch {
    throw new Error("it is no tar archive, or a damaged one");
  }
}
