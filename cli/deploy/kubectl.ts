import { type ChildProcess, execFile, spawn } from "node:child_process";
import { dim, MissingPrerequisite } from "../terminal.js";
import { Istioctl } from "./istioctl.js";
import { explainKubectl } from "./kubectl-trouble.js";

/** Which cluster is meant, and how it is reached: options that all commands of a cluster share. */
export interface ClusterOptions {
  context?: string;
  namespace?: string;
  kubeconfig?: string;
  kubectl?: string;
  /** False where it is not to be asked. */
  istioctl?: string | false;
  istioNamespace?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** A namespace, or `all` of them. */
type Scope = string;

export interface Asked {
  /** What it reads from its standard input. */
  input?: string;
  /** Milliseconds; 30,000 without it. */
  timeout?: number;
  /** Where the object is: a namespace, or all of them; that of the command without it. */
  namespace?: Scope;
}

/** How many kubectl processes run at once, where many pods are asked. */
const atOnce = 6;

/**
 * The user's kubectl, with the context and the namespace that the command was given. Everything that it cannot do is
 * thrown as one sentence with the way out.
 */
export class Kubectl {
  private readonly program: string;
  private readonly flags: string[];
  private known: string | undefined;
  private other: Promise<Istioctl | null> | undefined;

  constructor(
    private readonly options: ClusterOptions,
    /** For what people should know; the commands of a dry run among it. */
    readonly say: (line: string) => void = console.log,
  ) {
    this.program = options.kubectl ?? "kubectl";
    this.flags = [
      ...(options.kubeconfig === undefined ? [] : [`--kubeconfig=${options.kubeconfig}`]),
      ...(options.context === undefined ? [] : [`--context=${options.context}`]),
    ];
  }

  get isDry(): boolean {
    return this.options.dryRun ?? false;
  }

  /** The user's istioctl for the same cluster; null where there is none. */
  istioctl(): Promise<Istioctl | null> {
    return (this.other ??= Istioctl.find(this.options));
  }

  /** The namespace that is meant: that of `--namespace`, else that of the context, else `default`. */
  async namespace(): Promise<string> {
    if (this.options.namespace !== undefined) return this.options.namespace;
    const read = async () => {
      const path = "jsonpath={.contexts[0].context.namespace}";
      const words = ["config", "view", "--minify", "-o", path];
      return (await this.run(words, { namespace: "all" })).trim() || "default";
    };
    this.known ??= await read();
    return this.known;
  }

  /** Asks, and gives back what it says as text. */
  async text(words: readonly string[], asked: Asked = {}): Promise<string> {
    const scope = await this.scope(asked.namespace);
    return this.run(within(words, scope), asked);
  }

  /** Asks for JSON. */
  async json<T>(words: readonly string[], asked: Asked = {}): Promise<T> {
    const text = await this.text([...words, "-o", "json"], asked);
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new MissingPrerequisite(
        `\`${this.line(words)}\` printed no JSON (${JSON.stringify(text.slice(0, 80))}): is ${this.program} kubectl?`,
      );
    }
  }

  /** Changes something; in a dry run it says only what it would run. */
  async change(words: readonly string[], asked: Asked = {}): Promise<string> {
    const scope = await this.scope(asked.namespace);
    const full = within(words, scope);
    if (this.isDry) {
      const input = asked.input === undefined ? "" : ` <<'EOF'\n${asked.input.trimEnd()}\nEOF`;
      this.say(`${dim("would run:")} ${this.line(full)}${input}`);
      return "";
    }
    return this.run(full, asked);
  }

  /** Says what a later step of a real run would ask. */
  wouldAsk(words: readonly string[]): void {
    this.say(`${dim("would run:")} ${this.line(words)}`);
  }

  /** A kubectl that goes on, as `logs --follow` does. Whoever starts it ends it. */
  async stream(words: readonly string[], asked: Asked = {}): Promise<ChildProcess> {
    const scope = await this.scope(asked.namespace);
    // Not in the terminal's group: a Ctrl-C must not reach it before it reaches us.
    return spawn(this.program, within(words, [...scope, ...this.flags]), {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** The same work for each of many, a few at a time, in their order. Where one fails, what is under way is awaited. */
  async each<T, R>(of: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
    const results: R[] = new Array<R>(of.length);
    let next = 0;
    const worker = async () => {
      while (next < of.length) {
        const index = next++;
        results[index] = await work(of[index]!);
      }
    };
    const workers = Array.from({ length: Math.min(atOnce, of.length) }, () =>
      worker().catch((error: unknown) => {
        next = of.length;
        throw error;
      }),
    );
    for (const ended of await Promise.allSettled(workers))
      if (ended.status === "rejected") throw ended.reason;
    return results;
  }

  /** A command as one would type it. */
  line(words: readonly string[]): string {
    return [this.program, ...within(words, this.flags)].map(quoted).join(" ");
  }

  private async scope(namespace: Asked["namespace"]): Promise<string[]> {
    if (namespace === "all") return [];
    return ["-n", namespace ?? (await this.namespace())];
  }

  /** Not in the terminal's group: a Ctrl-C must not break a change off. */
  private run(words: readonly string[], { input, timeout = 30_000 }: Asked): Promise<string> {
    const isLocal = words[0] === "config";
    const limit = isLocal ? [] : [`--request-timeout=${Math.ceil(timeout / 1000)}s`];
    const args = within(words, [...this.flags, ...limit]);
    return new Promise((resolve, reject) => {
      const options = { timeout: timeout + 5_000, maxBuffer: 64 << 20, detached: true };
      const child = execFile(this.program, args, options, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if (error.code === "ENOENT" || error.code === "EACCES")
          return reject(
            new MissingPrerequisite(
              `${this.program} is not there, or is no program: install kubectl (https://kubernetes.io/docs/tasks/tools/), or name it with --kubectl`,
            ),
          );
        if (error.killed === true)
          return reject(
            new MissingPrerequisite(
              `kubectl gave no answer within ${timeout / 1000} s: is the cluster reachable?`,
            ),
          );
        reject(explainKubectl(stderr === "" ? stdout : stderr, this.line(words)));
      });
      child.stdin?.on("error", () => {}); // it may end before it has read all
      child.stdin?.end(input);
    });
  }
}

/** Flags with the others: what follows -- is a command within a pod. */
function within(words: readonly string[], flags: readonly string[]): string[] {
  const cut = words.indexOf("--") < 0 ? words.length : words.indexOf("--");
  return [...words.slice(0, cut), ...flags, ...words.slice(cut)];
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
