import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../cli/envoy/wheel.js";
import { runProgram } from "../../cli/spawn.js";

const version = "v1.4.1-0.20260122083618-3fb702589d36";
const cache = join(cacheFolder(), "ratelimit");
const service = join(cache, "service_cmd");
const redis = join(cache, "redis", "usr", "bin", "redis-server");
const libraries = join(cache, "redis", "usr", "lib", "x86_64-linux-gnu");

/** Whether both programs are in the cache folder. */
export const isThere = () => existsSync(service) && existsSync(redis);

/** Builds envoyproxy/ratelimit with Go and unpacks Debian's Redis, into the cache folder. */
export async function install(): Promise<void> {
  const packages = join(cache, "packages");
  await mkdir(packages, { recursive: true });
  const run = async (program: string, args: string[], more: NodeJS.ProcessEnv = {}) => {
    const { exitCode, output } = await runProgram(program, args, {
      cwd: packages,
      environment: { ...process.env, ...more },
    });
    if (exitCode !== 0) throw new Error(`${program} ${args.join(" ")}:\n${output}`);
  };
  await run("go", ["install", `github.com/envoyproxy/ratelimit/src/service_cmd@${version}`], {
    GOBIN: cache,
  });
  await run("apt-get", ["download", "redis-server", "redis-tools", "libjemalloc2", "liblzf1"]);
  for (const name of await readdir(packages)) await run("dpkg", ["-x", name, join(cache, "redis")]);
}

/** The service with a Redis of its own, on free ports of the loopback. */
export class EnvoyproxyRatelimit {
  private constructor(
    readonly port: number,
    private readonly children: ChildProcess[],
    private readonly folder: string,
  ) {}

  /** `configuration` is the YAML of a domain. */
  static async start(configuration: string): Promise<EnvoyproxyRatelimit> {
    const folder = await mkdtemp(join(tmpdir(), "ratelimit-"));
    await mkdir(join(folder, "config"));
    await writeFile(join(folder, "config", "domain.yaml"), configuration);
    const [redisPort, grpcPort, httpPort, debugPort] = await freePorts(4);
    const children = [
      spawn(redis, ["--port", `${redisPort}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder], {
        env: { ...process.env, LD_LIBRARY_PATH: libraries },
        stdio: "ignore",
      }),
    ];
    const started = new EnvoyproxyRatelimit(grpcPort!, children, folder);
    try {
      await listening(redisPort!);
      const settings = {
        USE_STATSD: "false",
        LOG_LEVEL: "error",
        REDIS_SOCKET_TYPE: "tcp",
        REDIS_URL: `127.0.0.1:${redisPort}`,
        RUNTIME_ROOT: folder,
        RUNTIME_SUBDIRECTORY: "",
        RUNTIME_WATCH_ROOT: "false",
        RUNTIME_IGNOREDOTFILES: "true",
        ...{ GRPC_HOST: "127.0.0.1", GRPC_PORT: `${grpcPort}` },
        ...{ HOST: "127.0.0.1", PORT: `${httpPort}`, DEBUG_HOST: "127.0.0.1", DEBUG_PORT: `${debugPort}` },
      };
      children.push(spawn(service, { env: { ...process.env, ...settings }, stdio: "ignore" }));
      await listening(grpcPort!);
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const child of this.children.reverse()) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Ports that nobody listens on, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listening(port: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; ;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isOpen) return;
    if (Date.now() > deadline) throw new Error(`nothing listens on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
