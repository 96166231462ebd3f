import { execFile } from "node:child_process";
import type { ClusterOptions } from "./kubectl.js";
import type { Pod } from "./pods.js";

/** What `istioctl analyze` says of an object. */
export interface Analysis {
  /** As `IST0106`. */
  code: string;
  level: string;
  message: string;
  /** Kind and name, as `WasmPlugin shop/auth`. */
  origin: string;
}

interface Ended {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

/** How long it may take, in milliseconds: where it does not answer, the rest goes on without it. */
const patience = 30_000;

/** The user's istioctl, with the context that the command was given. What it cannot say is left out: it is an addition. */
export class Istioctl {
  private constructor(
    private readonly program: string,
    private readonly flags: readonly string[],
  ) {}

  /** Null where there is none, or where it is not wanted. */
  static async find({ istioctl, ...options }: ClusterOptions): Promise<Istioctl | null> {
    if (istioctl === false) return null;
    const found = new Istioctl(istioctl ?? "istioctl", [
      ...(options.kubeconfig === undefined ? [] : [`--kubeconfig=${options.kubeconfig}`]),
      ...(options.context === undefined ? [] : [`--context=${options.context}`]),
      ...(options.istioNamespace === undefined ? [] : [`--istioNamespace=${options.istioNamespace}`]),
    ]);
    return (await found.run(["version", "--remote=false"])).code === 0 ? found : null;
  }

  /** What Istio's own validation refuses in manifests; it asks no cluster. */
  async validate(text: string): Promise<string[]> {
    const { code, stdout, stderr } = await this.run(["validate", "-f", "-"], text);
    // It says all of it twice. Without a line that begins so, it is istioctl itself that failed.
    const told = [...`${stdout}\n${stderr}`.matchAll(/^\t\* (.*)$/gm)].map(([, line]) => line!);
    return code === 0 ? [] : [...new Set(told)];
  }

  /** What it says of the objects that a namespace has. */
  async analyze(namespace: string): Promise<Analysis[]> {
    const words = ["analyze", "-n", namespace, "-o", "json", "--timeout", `${patience / 1000 - 5}s`];
    const said = json((await this.run([...words, ...this.flags])).stdout);
    if (!Array.isArray(said)) return [];
    return said.filter((one: Partial<Analysis>) =>
      [one.code, one.level, one.message, one.origin].every((word) => typeof word === "string"),
    ) as Analysis[];
  }

  /**
   * The filters of a pod's Envoy, as its own config dump writes them; null where it cannot say. It goes by a forwarded
   * port, which a Role may allow where it does not allow exec.
   */
  async filters({ metadata: { name, namespace } }: Pod): Promise<object | null> {
    const words = ["proxy-config", "ecds", `${name}.${namespace}`, "-o", "json", ...this.flags];
    const { code, stdout } = await this.run(words);
    if (code !== 0) return null;
    const said = json(stdout) as { ecdsFilters?: unknown } | null;
    return said === null ? null : { configs: asEnvoyWrites(said.ecdsFilters ?? []) };
  }

  private run(words: readonly string[], input?: string): Promise<Ended> {
    return new Promise((resolve) => {
      const options = { timeout: patience, maxBuffer: 64 << 20 };
      const child = execFile(this.program, [...words], options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr }),
      );
      child.stdin?.on("error", () => {}); // it may end before it has read all
      child.stdin?.end(input);
    });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** istioctl writes `rootId` where Envoy writes `root_id`. The names of environment variables are nobody's but the user's. */
function asEnvoyWrites(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asEnvoyWrites);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      key === "keyValues" ? entry : asEnvoyWrites(entry),
    ]),
  );
}
