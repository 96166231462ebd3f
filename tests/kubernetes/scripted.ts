import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Ended, apwArguments, apwIn } from "../cli/apw.js";

/** A pod as `scripted/` plays it. */
export interface PlayedPod {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
  /** Has what the WasmPlugins say; has what `had` says, or nothing; has a stand-in; refuses; is silent; is a real Envoy. */
  proxy?: "follows" | "old" | "denies" | "allows" | "refuses" | "silent" | { admin: string };
  /** The stand-ins and refusals are of this URL only. */
  failsOn?: string;
  /** Of an old proxy: what its spec had. */
  had?: Record<string, unknown>;
  stats?: string;
  log?: string;
  level?: string;
  sidecar?: boolean;
  version?: string;
  metadata?: Record<string, unknown>;
}

export interface Script {
  pods: PlayedPod[];
  forbidden?: string[];
  trouble?: { on: string; say: string; code?: number }[];
  user?: string;
  namespace?: string;
  istiodLog?: string;
  objects?: Record<string, unknown>;
  /** There is an istioctl, which says this; none without it. */
  istioctl?: { refuses?: string; analyses?: object[] };
}

export interface KeptPlugin {
  metadata: {
    name: string;
    namespace: string;
    annotations: Record<string, string>;
    resourceVersion: string;
    [key: string]: unknown;
  };
  spec: Record<string, unknown> & { url: string };
}

/** An apw that goes on until it is interrupted, and what it has said so far. */
export interface Followed {
  stdout: string;
  stderr: string;
  /** Presses Ctrl-C; comes back with how it ended. */
  interrupt(): Promise<number | null>;
}

const istioctlProgram = fileURLToPath(new URL("scripted/istioctl.mjs", import.meta.url));
const program = fileURLToPath(new URL("scripted/kubectl.mjs", import.meta.url));

/** A cluster that a script plays; its WasmPlugins are a real API server's where `real` names a kubectl that reaches one. */
export class PlayedCluster {
  private hasIstioctl = false;

  private constructor(
    readonly folder: string,
    readonly kubectl: string,
    private readonly real: string[] | null,
  ) {}

  static async start(script: Script, real: string[] | null = null): Promise<PlayedCluster> {
    const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-cluster-"));
    const kubectl = join(folder, "kubectl");
    await writeFile(kubectl, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    await chmod(kubectl, 0o755);
    const istioctl = join(folder, "istioctl");
    await writeFile(istioctl, `#!/bin/sh\nexec '${process.execPath}' '${istioctlProgram}' "$@"\n`);
    await chmod(istioctl, 0o755);
    await writeFile(join(folder, "calls.txt"), "");
    const cluster = new PlayedCluster(folder, kubectl, real);
    await cluster.play(script);
    return cluster;
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      SCRIPT_FOLDER: this.folder,
      REAL_KUBECTL: this.real === null ? undefined : JSON.stringify(this.real),
    };
  }

  apw(...words: string[]): Promise<Ended> {
    return apwIn({ environment: this.environment }, ...words, ...this.words);
  }

  /** Starts apw, and comes back when it has said that, or ended: whoever asks ends it with Ctrl-C. */
  async follow(awaited: string, ...words: string[]): Promise<Followed> {
    const child = spawn(process.execPath, [...apwArguments, ...words, ...this.words], {
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const followed: Followed = {
      stdout: "",
      stderr: "",
      async interrupt() {
        child.kill("SIGINT");
        return ended;
      },
    };
    const heard = new Promise<void>((resolve) => {
      for (const stream of ["stdout", "stderr"] as const)
        child[stream].on("data", (chunk: Buffer) => {
          followed[stream] += chunk.toString();
          if (followed[stream].includes(awaited)) resolve();
        });
    });
    await Promise.race([heard, ended]);
    return followed;
  }

  /** What has a command use the script, and no program of the machine. */
  get words(): string[] {
    const istioctl = this.hasIstioctl ? [`--istioctl=${join(this.folder, "istioctl")}`] : ["--no-istioctl"];
    return ["--kubectl", this.kubectl, ...istioctl];
  }

  async play(script: Script): Promise<void> {
    this.hasIstioctl = script.istioctl !== undefined;
    await writeFile(join(this.folder, "script.json"), JSON.stringify(script));
  }

  async script(): Promise<Script> {
    return JSON.parse(await readFile(join(this.folder, "script.json"), "utf8")) as Script;
  }

  async file(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }

  /** The WasmPlugins that are kept in a file. */
  async plugins(): Promise<Record<string, KeptPlugin>> {
    const text = await readFile(join(this.folder, "objects.json"), "utf8").catch(() => "{}");
    return JSON.parse(text) as Record<string, KeptPlugin>;
  }

  /** Puts a WasmPlugin in the place of another as somebody does who does not use apw. */
  async meddle(name: string, change: (object: KeptPlugin) => void): Promise<void> {
    const all = await this.plugins();
    change(all[name]!);
    await writeFile(join(this.folder, "objects.json"), JSON.stringify(all));
  }

  async calls(): Promise<string[]> {
    return (await readFile(join(this.folder, "calls.txt"), "utf8")).trim().split("\n");
  }

  async stop(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
