import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { killWithParent } from "../../cli/envoy/guard.js";
import { cacheFolder } from "../../cli/envoy/wheel.js";

const exec = promisify(execFile);

/** The version that is built where it is asked for; one that is there is taken as it is. */
const version = "1.22.2";

/**
 * The program `opa`: what `$OPA` names, else one on the PATH, else the one in the cache folder, where
 * `AS_PROXY_WASM_OPA=build` has Go build it (some minutes, once). Null where there is none.
 */
export async function findOpa(): Promise<string | null> {
  const named = process.env["OPA"];
  if (named) {
    if (await runs(named)) return named;
    throw new Error(`$OPA names ${named}, which is no OPA that runs here`);
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const cached = join(cacheFolder(), `opa-${version}`, "opa");
  for (const program of [...folders.map((folder) => join(folder, "opa")), cached])
    if (await runs(program)) return program;
  if (process.env["AS_PROXY_WASM_OPA"] !== "build") return null;
  await build(cached);
  return cached;
}

/** Several processes may build it at once: each does so in a folder of its own, and one of them gives it its name. */
async function build(program: string): Promise<void> {
  await mkdir(dirname(program), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(), "building-opa-"));
  try {
    await exec("go", ["install", `github.com/open-policy-agent/opa@v${version}`], {
      env: { ...process.env, GOBIN: scratch },
      maxBuffer: 1 << 26,
    });
    await rename(join(scratch, "opa"), program);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runs(program: string): Promise<boolean> {
  return exec(program, ["version"], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.startsWith("Version: "),
    () => false,
  );
}

/** An OPA that serves a policy on a port of the loopback, and can be stopped and started again. */
export class Opa {
  private child: ChildProcess | undefined;
  private release = () => {};

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** `policies` are texts in Rego, each a package of its own. */
  static async start(program: string, policies: string[]): Promise<Opa> {
    const folder = await mkdtemp(join(tmpdir(), "opa-"));
    for (const [index, policy] of policies.entries())
      await writeFile(join(folder, `policy-${index}.rego`), policy);
    const opa = new Opa(program, folder, await freePort());
    try {
      await opa.run();
    } catch (error) {
      await opa.stop();
      throw error;
    }
    return opa;
  }

  /** Starts it, on the port that it had, and comes back when it answers. */
  async run(): Promise<void> {
    const args = ["run", "--server", "--disable-telemetry", "--log-level", "error"];
    const child = spawn(this.program, [...args, "--addr", `127.0.0.1:${this.port}`, this.folder], {
      stdio: "ignore",
    });
    this.child = child;
    this.release = killWithParent(child, this.folder);
    for (const deadline = Date.now() + 60_000; !(await this.isHealthy());) {
      if (child.exitCode !== null) throw new Error(`OPA ended with ${child.exitCode}`);
      if (Date.now() > deadline) throw new Error("OPA does not answer");
      await sleep(10);
    }
  }

  /** Kills it: connections break off, and nobody listens. */
  async kill(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    this.release();
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async isHealthy(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

/** A port that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
