import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Admin } from "./admin.js";
import { bootstrap, type BootstrapOptions } from "./bootstrap.js";
import { removeScratch, scratchFolder } from "../scratch.js";
import { killWithParent } from "./guard.js";
import { LogLines } from "./log.js";
import { type ProcessUsage, usageOf } from "./usage.js";

export interface EnvoyOptions extends BootstrapOptions {
  /** The binary, as `findEnvoy` gives it. */
  binary: string;
  /** Worker threads; one without it. */
  concurrency?: number;
  /** `warning` without it. */
  logLevel?: LogLevel;
  /** Levels of single components; `wasm` is at `info` when it is not named. */
  componentLogLevels?: Record<string, LogLevel>;
  /** How long it may take until it serves, in milliseconds; 30,000 without it. */
  startTimeout?: number;
  /** Further words for its command line. */
  words?: readonly string[];
  /** Hears each line of its log. */
  onLogLine?: (line: string) => void;
  /** Hears each line that it writes to its standard output: access logs can go there. */
  onOutputLine?: (line: string) => void;
  /** About how many lines of the log are kept; all of them without it. */
  keepLines?: number;
  /** Whoever starts it deals with signals, and stops it; a Ctrl-C at the terminal does not reach it by itself. */
  detached?: boolean;
}

export type LogLevel = "trace" | "debug" | "info" | "warning" | "error" | "critical" | "off";

/** Envoy ended while it read its configuration: its own words are in `reason` and in `log`. */
export class EnvoyRefused extends Error {
  constructor(
    readonly reason: string,
    readonly exitCode: number | null,
    readonly log: LogLines,
  ) {
    const modules = log.matching(/\]\[(error|critical)\]\[wasm\]/).slice(0, 10);
    super([`Envoy refused its configuration: ${reason}`, ...modules].join("\n"));
  }
}

/** A running Envoy. Whoever starts one stops it; it also ends with this process, however that ends. */
export class Envoy {
  /** Comes back when it has ended, with how. */
  readonly whenEnded: Promise<number | NodeJS.Signals | null>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly release: () => void,
    readonly log: LogLines,
    readonly admin: Admin,
    /** The real port of each listener, by the listener's name. */
    readonly ports: ReadonlyMap<string, number>,
  ) {
    this.whenEnded = new Promise((resolve) => {
      if (!this.isRunning) resolve(this.ended);
      child.once("close", () => resolve(this.ended));
    });
  }

  /** Starts Envoy and comes back when it serves. Throws `EnvoyRefused` when it does not take its configuration. */
  static async start(options: EnvoyOptions): Promise<Envoy> {
    const folder = await scratchFolder(join(tmpdir(), "as-proxy-wasm-envoy-"));
    const adminFile = join(folder, "admin-address");
    const configuration = join(folder, "bootstrap.json");
    await writeFile(configuration, JSON.stringify(bootstrap(options), null, 2));
    const child = spawn(options.binary, commandLine(options, configuration, adminFile), {
      stdio: ["ignore", options.onOutputLine === undefined ? "ignore" : "pipe", "pipe"],
      detached: options.detached ?? false,
    });
    const log = new LogLines(child.stderr!, { keep: options.keepLines, onLine: options.onLogLine });
    if (child.stdout !== null) new LogLines(child.stdout, { keep: 0, onLine: options.onOutputLine });
    const release = killWithParent(child, folder, { signals: options.detached !== true });
    try {
      const admin = await untilReady(child, adminFile, log, options.startTimeout ?? 30_000);
      return new Envoy(child, folder, release, log, admin, await admin.listenerPorts());
    } catch (error) {
      await end(child, 0);
      release();
      await removeScratch(folder);
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** False once it has ended, by itself or because it was stopped. */
  get isRunning(): boolean {
    return isRunning(this.child);
  }

  /** How it ended: an exit code, or the name of the signal; null while it runs. */
  get ended(): number | NodeJS.Signals | null {
    return this.child.exitCode ?? this.child.signalCode;
  }

  port(listener: string): number {
    const port = this.ports.get(listener);
    if (port === undefined)
      throw new Error(`no listener ${listener}: there are ${[...this.ports.keys()].join(", ")}`);
    return port;
  }

  /** The first line that matches, among those already written and those to come. */
  waitForLog(pattern: RegExp, timeout = 10_000): Promise<string> {
    return this.log.waitFor(pattern, timeout);
  }

  usage(): Promise<ProcessUsage> {
    return usageOf(this.pid);
  }

  /** Asks it to end and kills it when it has not after `timeout` milliseconds. True when it ended by itself. */
  async stop(timeout = 10_000): Promise<boolean> {
    const byItself = await end(this.child, timeout);
    this.release();
    await removeScratch(this.folder);
    return byItself;
  }
}

function commandLine(options: EnvoyOptions, configuration: string, adminFile: string): string[] {
  const levels = { wasm: "info", ...options.componentLogLevels };
  const components = Object.entries(levels).map(([name, level]) => `${name}:${level}`);
  return [
    ["--config-path", configuration],
    ["--admin-address-path", adminFile],
    ["--concurrency", String(options.concurrency ?? 1)],
    ["--log-level", options.logLevel ?? "warning"],
    ["--component-log-level", components.join(",")],
    ["--disable-hot-restart"],
    ["--drain-time-s", "0"],
    ["--parent-shutdown-time-s", "1"],
    options.words ?? [],
  ].flat();
}

const isRunning = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

async function untilReady(
  child: ChildProcess,
  adminFile: string,
  log: LogLines,
  timeout: number,
): Promise<Admin> {
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("close", (code) => reject(new EnvoyRefused(refusalIn(log.lines, code), code, log)));
  });
  failed.catch(() => {});
  const deadline = Date.now() + timeout;
  const poll = async (): Promise<Admin> => {
    while (Date.now() < deadline) {
      const address = await readFile(adminFile, "utf8").catch(() => "");
      if (/:\d+$/.test(address.trim())) {
        const admin = new Admin(address.trim());
        if (await admin.isLive()) return admin;
      }
      if (!isRunning(child)) await failed;
      await sleep(20);
    }
    throw new Error(
      `Envoy did not serve within ${timeout} ms; its last words:\n${log.lines.slice(-10).join("\n")}`,
    );
  };
  return Promise.race([poll(), failed]);
}

/** Envoy puts the cause in backticks, in front of a copy of the whole configuration. */
function refusalIn(lines: readonly string[], code: number | null): string {
  const cause = /error `(.*?)` initializing config/s.exec(lines.join("\n"))?.[1];
  return (
    cause ?? lines.filter((line) => /\]\[(error|critical)\]/.test(line)).at(-1) ?? `it exited with ${code}`
  );
}

async function end(child: ChildProcess, timeout: number): Promise<boolean> {
  if (!isRunning(child)) return true;
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.kill(timeout > 0 ? "SIGTERM" : "SIGKILL");
  const waiting = new AbortController();
  const late = sleep(Math.max(timeout, 1), "late", { signal: waiting.signal }).catch(() => "ended");
  const outcome = await Promise.race([closed, late]);
  waiting.abort();
  if (outcome !== "late") return true;
  child.kill("SIGKILL");
  await closed;
  return false;
}
