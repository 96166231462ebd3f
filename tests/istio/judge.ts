import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { killWithParent } from "../../cli/envoy/guard.js";
import { cacheFolder } from "../../cli/envoy/wheel.js";

const exec = promisify(execFile);
const sources = fileURLToPath(new URL(".", import.meta.url));

/** A program for the tests that could not be had, and why: such tests are left out. */
export class NotHere extends Error {}

/** What Istio's fetcher made of an image. */
export interface Fetched {
  accepted: boolean;
  error?: string;
  /** Of the module. */
  sha256?: string;
  bytes?: number;
}

/** What Istio's validators say of a document of a manifest. */
export interface Judged {
  file: string;
  document: number;
  kind: string;
  name: string;
  known: boolean;
  valid: boolean;
  error?: string;
  warnings?: string[];
}

/** What crane makes of an image on the disk. */
export interface CraneRead {
  digest: string;
  layers: number;
  error?: string;
}

/**
 * The program of this folder, on Istio's own packages: built by Go into the cache folder, once for each state of its
 * sources (some minutes from nothing, half a minute when Go has the packages). Throws `NotHere` where there is no Go, or
 * no way to the modules.
 */
export async function findJudge(report: (line: string) => void = () => {}): Promise<Judge> {
  const version = await goVersion();
  const folder = join(cacheFolder(), `istio-judge-${await digestOfSources(version)}`);
  const program = join(folder, "judge");
  if (!existsSync(program)) await build(folder, report);
  const now = new Date();
  await utimes(folder, now, now);
  return new Judge(program);
}

async function goVersion(): Promise<string> {
  try {
    return (await exec("go", ["version"])).stdout.trim();
  } catch {
    throw new NotHere("there is no Go here, which builds the program on Istio's packages");
  }
}

async function digestOfSources(version: string): Promise<string> {
  const digest = createHash("sha256").update(version);
  const names = (await readdir(sources)).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name)).sort();
  for (const name of names) digest.update(`${name}\0`).update(await readFile(join(sources, name)));
  return digest.digest("hex").slice(0, 16);
}

/** Several processes may build it at once: each does so in a folder of its own, and one of them gives it its name. */
async function build(folder: string, report: (line: string) => void): Promise<void> {
  report("building the program on Istio's packages (some minutes from nothing, once) ...");
  const started = Date.now();
  const options = { cwd: sources, maxBuffer: 1 << 26, timeout: 20 * 60_000 };
  await exec("go", ["list", "-deps", "./..."], options).catch(
    (error: { stderr?: string; message: string }) => {
      const said = (error.stderr ?? error.message).trim().split("\n").pop();
      throw new NotHere(`Go could not get Istio's modules: ${said}`);
    },
  );
  await mkdir(cacheFolder(), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(), "building-judge-"));
  try {
    const flags = ["-trimpath", "-ldflags=-s -w", "-o", join(scratch, "judge")];
    await exec("go", ["build", ...flags, "."], options);
    await rename(scratch, folder).catch(async (error: unknown) => {
      if (!existsSync(join(folder, "judge"))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  await forgetOldOnes();
  report(`built it in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

/** Each is 60 MB: of other states of the sources those go that nobody used for two weeks. */
async function forgetOldOnes(): Promise<void> {
  for (const name of await readdir(cacheFolder())) {
    if (!name.startsWith("istio-judge-")) continue;
    const folder = join(cacheFolder(), name);
    if (Date.now() - (await stat(folder)).mtimeMs > 14 * 24 * 3600_000)
      await rm(folder, { recursive: true, force: true });
  }
}

/** Istio's verdicts on images and manifests, and crane's on images. */
export class Judge {
  constructor(private readonly program: string) {}

  /** Pulls a module as the Istio agent of a proxy does, with an empty cache. */
  async fetch(
    url: string,
    more: { sha256?: string; pullSecret?: string; output?: string; environment?: NodeJS.ProcessEnv } = {},
  ): Promise<Fetched> {
    const flags = [
      ...(more.sha256 !== undefined ? ["--sha256", more.sha256] : []),
      ...(more.pullSecret !== undefined ? ["--pull-secret", more.pullSecret] : []),
      ...(more.output !== undefined ? ["--output", more.output] : []),
    ];
    return this.ask<Fetched>(["fetch", ...flags, url], more.environment);
  }

  /** Istio's validators on each document of each file, with unknown fields as errors. */
  async validate(...files: string[]): Promise<Judged[]> {
    return this.ask<Judged[]>(["validate", ...files]);
  }

  /** Opens an image as `crane push` does, checks it as `crane validate` does, and pushes it where there is a reference. */
  async crane(path: string, reference?: string): Promise<CraneRead> {
    return this.ask<CraneRead>(["crane", path, ...(reference === undefined ? [] : [reference])]);
  }

  /** crane's registry on a free port of the loopback, in memory. */
  async serveRegistry(): Promise<{ address: string; stop(): Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), "crane-"));
    const child = spawn(this.program, ["registry"], { stdio: ["pipe", "pipe", "ignore"] });
    const release = killWithParent(child, folder);
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`crane's registry ended with ${code}`)));
    });
    return {
      address: (JSON.parse(line) as { address: string }).address,
      stop: async () => {
        release();
        child.kill("SIGKILL");
        await ended;
        await rm(folder, { recursive: true, force: true });
      },
    };
  }

  private async ask<T>(words: string[], environment: NodeJS.ProcessEnv = {}): Promise<T> {
    const { stdout } = await exec(this.program, words, {
      env: { ...process.env, ...environment },
      maxBuffer: 1 << 26,
      timeout: 120_000,
    });
    return JSON.parse(stdout) as T;
  }
}
