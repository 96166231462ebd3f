import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../cli/run/events.js";
import { root } from "../../cli/root.js";
import { apwArguments } from "./apw.js";

export interface StartOptions {
  cwd?: string;
  environment?: NodeJS.ProcessEnv;
}

/** `apw` to its end, as somebody would run it. */
export async function runApw(
  words: string[],
  { cwd = root, environment = {} }: StartOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [...apwArguments, ...words], {
    cwd,
    env: { ...process.env, ...environment },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

type Event<K extends RunEvent["event"]> = Extract<RunEvent, { event: K }>;

/** A running `apw run --json`, and what it has told. Whoever starts one stops it. */
export class Run {
  readonly events: RunEvent[] = [];
  readonly ended: Promise<number | null>;
  stderr = "";
  private isOver = false;
  private readonly listeners = new Set<() => void>();

  private constructor(readonly child: ChildProcess) {
    let rest = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.events.push(JSON.parse(line) as RunEvent);
      for (const listener of [...this.listeners]) listener();
    });
    child.stderr!.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) =>
      child.on("close", (code) => {
        this.isOver = true;
        resolve(code);
        for (const listener of [...this.listeners]) listener();
      }),
    );
  }

  /** Starts it and waits until it serves. */
  static async start(words: string[], { cwd = root, environment = {} }: StartOptions = {}): Promise<Run> {
    const child = spawn(
      process.execPath,
      [...apwArguments, "run", "--json", "--port", "0", "--admin-port", "0", ...words],
      {
        cwd,
        env: { ...process.env, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const run = new Run(child);
    try {
      await run.event("ready");
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
    return run;
  }

  get ready(): Event<"ready"> {
    return this.events.find((event): event is Event<"ready"> => event.event === "ready")!;
  }

  get port(): number {
    return Number(new URL(this.ready.url).port);
  }

  /** The first event of a kind, from `from` on, that has come or is to come. */
  async event<K extends RunEvent["event"]>(
    kind: K,
    is: (event: Event<K>) => boolean = () => true,
    from = 0,
  ): Promise<Event<K>> {
    const deadline = Date.now() + 90_000;
    for (;;) {
      const found = this.events
        .slice(from)
        .find((event): event is Event<K> => event.event === kind && is(event as Event<K>));
      if (found !== undefined) return found;
      const why = this.isOver ? "it ended" : Date.now() > deadline ? "in time" : null;
      if (why !== null) assert.fail(`no event ${kind} (${why}); told: ${this.told()}`);
      await this.change();
    }
  }

  /** What it told, for a test that fails. */
  told(): string {
    return `${this.events
      .filter(({ event }) => event !== "upstream")
      .slice(-10)
      .map((event) => JSON.stringify(event))
      .join("\n")}\n${this.stderr}`;
  }

  /** Ends it as Ctrl-C does, and gives back its exit code. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    if (!this.isOver) this.child.kill(signal);
    const late = sleep(20_000, "late" as const, { ref: false });
    const code = await Promise.race([this.ended, late]);
    if (code !== "late") return code;
    this.child.kill("SIGKILL");
    assert.fail(`it did not end after ${signal}; told: ${this.told()}`);
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, 1000);
      this.listeners.add(done);
    });
  }
}

/** Runs `use` with a run, and stops it whatever happens. */
export async function withRun(
  words: string[],
  options: StartOptions,
  use: (run: Run) => Promise<void>,
): Promise<void> {
  const run = await Run.start(words, options);
  try {
    await use(run);
  } finally {
    await run.stop();
  }
}

/** A project in a folder of its own, with what is installed here. */
export async function withProject<T>(
  files: Record<string, string>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "apw-project-"));
  try {
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const all = {
      "package.json": JSON.stringify({ name: "@acme/greeter", version: "1.0.0" }),
      "asconfig.json": JSON.stringify({ extends: "as-proxy-wasm/asconfig.json" }),
      ...files,
    };
    for (const [name, text] of Object.entries(all)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The processes that a process has started, and those that these have. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.set(Number(entry), Number(fields[1]));
  }
  const found: number[] = [];
  for (let last = [pid]; last.length > 0;) {
    last = [...parents].filter(([, parent]) => last.includes(parent)).map(([child]) => child);
    found.push(...last);
  }
  return found;
}

export const isAlive = (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (stat) => !/\) Z /.test(stat),
    () => false,
  );

/** The greeter: sets `hello` to what its source, or its configuration, says. */
export const greeter = (greeting: string): string => `
import { Config, HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";

class Root extends RootContext {
  greeting: string = "";
  onConfigure(config: Config): bool {
    this.greeting = config.string("greeting", "${greeting}");
    return config.ok();
  }
  createHttpContext(): HttpContext {
    return new Greeter(this);
  }
}

class Greeter extends HttpContext {
  constructor(private root: Root) {
    super();
  }
  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set("hello", this.root.greeting);
    return HeadersAction.Continue;
  }
}

register("greeter", () => new Root());
`;
