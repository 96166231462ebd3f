import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { createServer as createFront, type Server } from "node:http";
import { request as ask } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { killWithParent } from "../../cli/envoy/guard.js";
import { cacheFolder } from "../../cli/envoy/wheel.js";

const exec = promisify(execFile);
const sources = fileURLToPath(new URL(".", import.meta.url));

/** Names the environment variable that has the program built where it is not in the cache. */
export const variable = "AS_PROXY_WASM_KUBERNETES";

/**
 * The program of this folder: etcd, an API server of custom resources, and kubectl. It takes many minutes to build from
 * nothing, and is so only where `AS_PROXY_WASM_KUBERNETES=build` asks for it; null where it is not there.
 */
export async function findKubernetes(report: (line: string) => void = () => {}): Promise<string | null> {
  const digest = createHash("sha256");
  for (const name of ["go.mod", "go.sum", "main.go"]) digest.update(await readFile(join(sources, name)));
  const folder = join(cacheFolder(), `kubernetes-${digest.digest("hex").slice(0, 16)}`);
  const program = join(folder, "kubernetes");
  if (!existsSync(program)) {
    if (process.env[variable] !== "build") return null;
    await build(folder, report);
  }
  const now = new Date();
  await utimes(folder, now, now);
  return program;
}

/** In a folder of its own, which gets its name when it is whole: several processes may build it at once. */
async function build(folder: string, report: (line: string) => void): Promise<void> {
  report("building etcd, the API server and kubectl (many minutes from nothing, once) ...");
  await mkdir(cacheFolder(), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(), "building-kubernetes-"));
  try {
    const words = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", join(scratch, "kubernetes"), "."];
    await exec("nice", words, { cwd: sources, maxBuffer: 1 << 26, timeout: 40 * 60_000 });
    await rename(scratch, folder).catch((error: unknown) => {
      if (!existsSync(join(folder, "kubernetes"))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A real API server with Istio's CRDs, and a real kubectl that reaches it. It has neither pods nor rights. */
export class ApiServer {
  private constructor(
    private readonly folder: string,
    private readonly front: Server,
    private readonly children: { child: ChildProcess; release: () => void }[],
    /** kubectl's words up to the first of one's own. */
    readonly kubectl: string[],
  ) {}

  static async start(program: string): Promise<ApiServer> {
    const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-kubernetes-"));
    const [peer, client, api] = (await freePorts(3)) as [number, number, number];
    const kubeconfig = join(folder, "kubeconfig");
    const front = frontOf(api);
    await writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "test",
        contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: "shop" } }],
        clusters: [{ name: "test", cluster: { server: `http://127.0.0.1:${await listening(front)}` } }],
        // Without any it would ask at the terminal; the server itself asks nobody.
        users: [{ name: "test", user: { token: "any" } }],
      }),
    );
    const server = new ApiServer(folder, front, [], [program, "kubectl", `--kubeconfig=${kubeconfig}`]);
    try {
      const etcd = `http://127.0.0.1:${client}`;
      server.run(program, [
        "etcd",
        `--data-dir=${join(folder, "etcd")}`,
        `--listen-client-urls=${etcd}`,
        `--advertise-client-urls=${etcd}`,
        `--listen-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-cluster=default=http://127.0.0.1:${peer}`,
        "--unsafe-no-fsync",
        "--log-level=error",
      ]);
      server.run(program, [
        "apiserver",
        `--etcd-servers=${etcd}`,
        `--secure-port=${api}`,
        "--bind-address=127.0.0.1",
        `--cert-dir=${join(folder, "certificates")}`,
        `--kubeconfig=${kubeconfig}`,
        "--enable-priority-and-fairness=false",
      ]);
      // Its informers wait for services, of which this server knows nothing.
      await server.until(["get", "--raw", "/readyz?exclude=informer-sync"], 60_000);
      await server.ask(["create", "-f", await istioCrds(folder)]);
      await server.until(["get", "wasmplugins.extensions.istio.io"], 30_000);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Runs kubectl; `input` is what it reads. */
  async ask(words: readonly string[], input?: string): Promise<string> {
    const [program, ...own] = this.kubectl as [string, ...string[]];
    const running = exec(program, [...own, ...words], { timeout: 30_000, maxBuffer: 1 << 26 });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  async stop(): Promise<void> {
    this.front.closeAllConnections();
    this.front.close();
    for (const { child, release } of [...this.children].reverse()) {
      release();
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private run(program: string, words: string[]): void {
    const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"], cwd: this.folder });
    let last = "";
    child.stderr.on("data", (chunk: Buffer) => (last = (last + chunk.toString()).slice(-4000)));
    child.on("exit", (code) => {
      if (code !== null && code !== 0) console.error(`${words[0]} ended with ${code}:\n${last}`);
    });
    this.children.push({ child, release: killWithParent(child, this.folder) });
  }

  private async until(words: readonly string[], patience: number): Promise<void> {
    const deadline = Date.now() + patience;
    for (;;) {
      try {
        await this.ask(words);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(300);
      }
    }
  }
}

/**
 * A door before the API server, which gives no list of its groups: in a cluster the aggregator does. The list is made of
 * the CRDs that it has.
 */
function frontOf(port: number): Server {
  const options = { host: "127.0.0.1", port, rejectUnauthorized: false };
  return createFront((incoming, outgoing) => {
    const path = incoming.url!.split("?")[0];
    const answer = (value: object) =>
      outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (path === "/api") return void answer({ kind: "APIVersions", versions: ["v1"] });
    if (path === "/api/v1")
      return void answer({ kind: "APIResourceList", groupVersion: "v1", resources: [] });
    if (path === "/apis")
      return void ask(
        { ...options, path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions" },
        (from) => {
          let text = "";
          from.on("data", (chunk: Buffer) => (text += chunk.toString()));
          from.on("end", () => answer(groupsOf(text)));
        },
      ).end();
    const { host: _, ...headers } = incoming.headers;
    const onward = ask({ ...options, path: incoming.url, method: incoming.method, headers }, (from) => {
      outgoing.writeHead(from.statusCode!, from.headers);
      from.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
}

function groupsOf(list: string): object {
  type Crd = { spec: { group: string; versions: { name: string; served: boolean }[] } };
  const groups = new Map<string, Set<string>>([["apiextensions.k8s.io", new Set(["v1"])]]);
  for (const { spec } of (JSON.parse(list) as { items: Crd[] }).items) {
    const names = groups.get(spec.group) ?? new Set();
    for (const { name, served } of spec.versions) if (served) names.add(name);
    groups.set(spec.group, names);
  }
  const entries = [...groups].map(([name, names]) => {
    const versions = [...names].map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  });
  return { kind: "APIGroupList", apiVersion: "v1", groups: entries };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return (server.address() as AddressInfo).port;
}

/** Istio's own CRDs, from the module that its API comes in. */
async function istioCrds(folder: string): Promise<string> {
  const judge = fileURLToPath(new URL("../istio/", import.meta.url));
  await exec("go", ["mod", "download", "istio.io/api"], { cwd: judge, timeout: 120_000 });
  const place = (
    await exec("go", ["list", "-m", "-f", "{{.Dir}}", "istio.io/api"], { cwd: judge })
  ).stdout.trim();
  const text = await readFile(join(place, "kubernetes", "customresourcedefinitions.gen.yaml"), "utf8");
  const file = join(folder, "crds.yaml");
  await writeFile(file, text);
  return file;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
