import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "../../cli/envoy/wheel.js";

const exec = promisify(execFile);
const sources = fileURLToPath(new URL("promtool/", import.meta.url));

/** promtool cannot be had here, and why: tests with it are left out. */
export class NoPromtool extends Error {}

/** What a run of it said, and whether it was content. */
export interface Said {
  ok: boolean;
  text: string;
}

/**
 * Prometheus's promtool: `$PROMTOOL`, or built by Go from the module that `promtool/go.mod` names into the cache folder,
 * once for each version (some minutes from nothing). Discovery of targets is left out of it, which is most of its size.
 */
export async function findPromtool(report: (line: string) => void): Promise<Promtool> {
  const named = process.env["PROMTOOL"];
  if (named) return new Promtool(named);
  const go = await exec("go", ["version"]).catch(() => {
    throw new NoPromtool("there is no Go here, which builds promtool");
  });
  const digest = createHash("sha256").update(go.stdout);
  for (const name of ["go.mod", "go.sum"]) digest.update(await readFile(join(sources, name)));
  const folder = join(cacheFolder(), `promtool-${digest.digest("hex").slice(0, 16)}`);
  if (!existsSync(join(folder, "promtool"))) await build(folder, report);
  return new Promtool(join(folder, "promtool"));
}

async function build(folder: string, report: (line: string) => void): Promise<void> {
  report("building promtool (some minutes from nothing, once) ...");
  await mkdir(cacheFolder(), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(), "building-promtool-"));
  try {
    const flags = ["-tags", "remove_all_sd", "-trimpath", "-ldflags=-s -w", "-o", join(scratch, "promtool")];
    const program = "github.com/prometheus/prometheus/cmd/promtool";
    const options = { cwd: sources, maxBuffer: 1 << 26, timeout: 20 * 60_000 };
    await exec("nice", ["go", "build", "-mod=readonly", ...flags, program], options).catch(
      (error: { stderr?: string; message: string }) => {
        throw new NoPromtool(
          `Go could not build promtool: ${(error.stderr ?? error.message).trim().split("\n").pop()}`,
        );
      },
    );
    await rename(scratch, folder).catch(async (error: unknown) => {
      if (!existsSync(join(folder, "promtool"))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export class Promtool {
  constructor(private readonly program: string) {}

  checkRules(file: string): Promise<Said> {
    return this.run(["check", "rules", "--lint=all", "--lint-fatal", file]);
  }

  testRules(file: string): Promise<Said> {
    return this.run(["test", "rules", file]);
  }

  private async run(args: string[]): Promise<Said> {
    try {
      const { stdout, stderr } = await exec(this.program, args, { timeout: 60_000 });
      return { ok: true, text: stdout + stderr };
    } catch (error) {
      const {
        stdout = "",
        stderr = "",
        message,
      } = error as { stdout?: string; stderr?: string; message: string };
      return { ok: false, text: stdout + stderr || message };
    }
  }
}
