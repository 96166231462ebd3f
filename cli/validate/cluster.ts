import { execFile } from "node:child_process";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** What another tool said of the files. */
export interface Verdict {
  /** The command, as one would type it. */
  command: string;
  /** True where it found nothing wrong; null where it could not be asked. */
  ok: boolean | null;
  output: string;
}

/** How long another tool may take, in milliseconds: a cluster that does not answer must not hold up the rest. */
const patience = 20_000;

/** Asks `istioctl validate` and `istioctl analyze` where istioctl is there, and the API server where kubectl reaches one. */
export async function askTools(files: readonly string[]): Promise<Verdict[]> {
  const named = files.flatMap((file) => ["-f", file]);
  const verdicts: Verdict[] = [];
  if (await runs("istioctl", ["version", "--remote=false"])) {
    verdicts.push(await ask("istioctl", ["validate", ...named]));
    verdicts.push(await ask("istioctl", ["analyze", "--use-kube=false", ...files]));
  }
  if (await runs("kubectl", ["version", "--request-timeout=3s"]))
    verdicts.push(
      await ask("kubectl", [
        "apply",
        "--dry-run=server",
        "--validate=strict",
        "--request-timeout=10s",
        ...named,
      ]),
    );
  return verdicts;
}

async function runs(program: string, args: string[]): Promise<boolean> {
  return exec(program, args, { timeout: 6_000 }).then(
    () => true,
    () => false,
  );
}

async function ask(program: string, args: string[]): Promise<Verdict> {
  const command = [program, ...args].join(" ");
  try {
    const { stdout, stderr } = await exec(program, args, { timeout: patience, maxBuffer: 4 << 20 });
    return { command, ok: true, output: `${stdout}${stderr}`.trim() };
  } catch (error) {
    const {
      stdout = "",
      stderr = "",
      killed = false,
    } = error as { stdout?: string; stderr?: string; killed?: boolean };
    if (killed) return { command, ok: null, output: `no answer within ${patience / 1000} s` };
    return { command, ok: false, output: `${stdout}${stderr}`.trim() };
  }
}
