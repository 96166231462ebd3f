import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { packed } from "./installed.js";

export interface PackedFile {
  bytes: Uint8Array;
  mode: number;
}

/** What is in a tarball of npm's, by the paths in the package. */
export async function unpacked(tarball: string): Promise<Map<string, PackedFile>> {
  const entries = await unpackTar(gunzipSync(await readFile(tarball)));
  return new Map(
    entries.map(({ header, data }) => [
      header.name.replace(/^package\//, ""),
      { bytes: data ?? new Uint8Array(), mode: header.mode ?? 0 },
    ]),
  );
}

/** The files that `npm pack` would publish, and how many bytes it would send. */
export async function packedFiles(): Promise<{ files: Map<string, PackedFile>; size: number }> {
  const { tarball } = await packed();
  return { files: await unpacked(tarball), size: (await readFile(tarball)).length };
}
