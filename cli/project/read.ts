import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";

/** What asc read for a module: the digests of files and of the folders that it listed, null of what was not there. */
export interface Read {
  files: Record<string, string | null>;
  folders: Record<string, string | null>;
}

/** The same with paths that are relative to a folder, with which a project may be moved. */
export function readFrom(cwd: string, { files, folders }: Read): Read {
  const within = (digests: Read["files"]) =>
    Object.fromEntries(Object.entries(digests).map(([path, digest]) => [relative(cwd, path), digest]));
  return { files: within(files), folders: within(folders) };
}

/** Whether asc would read the same again. */
export async function isUnchanged(cwd: string, { files, folders }: Read): Promise<boolean> {
  const same = async (digests: Read["files"], now: (path: string) => Promise<string>) => {
    const all = Object.entries(digests).map(async ([path, digest]) => {
      const text = await now(resolve(cwd, path)).catch(() => null);
      return (text === null ? null : sha256(text)) === digest;
    });
    return (await Promise.all(all)).every(Boolean);
  };
  return (
    (await same(files, (path) => readFile(path, "utf8"))) &&
    (await same(folders, async (path) =>
      (await readdir(path))
        .filter((name) => /(?<!\.d)\.ts$/.test(name))
        .sort()
        .join("\0"),
    ))
  );
}

/** Transforms that read nothing but what is known here: others could read anything. */
const knownTransforms = new Set(["as-proxy-wasm/transform", "json-as/transform", "json-as"]);

/** Whether all that a compilation depends on is known: no transform of somebody else's was in it. */
export async function isAllKnown(cwd: string, { files }: Read): Promise<boolean> {
  const configurations = Object.keys(files).filter((path) => path.endsWith(".json") && files[path] !== null);
  const transforms = await Promise.all(configurations.map((path) => transformsIn(resolve(cwd, path))));
  return transforms.flat().every((name) => knownTransforms.has(name));
}

async function transformsIn(file: string): Promise<string[]> {
  type Options = { transform?: string | string[] };
  type Configuration = { options?: Options; targets?: Record<string, Options> };
  const { options, targets = {} } = JSON.parse(await readFile(file, "utf8")) as Configuration;
  return [options, ...Object.values(targets)]
    .flatMap((each) => each?.transform ?? [])
    .flatMap((names) => names.split(","))
    .map((name) => name.trim());
}

export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");
