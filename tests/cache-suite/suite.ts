import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { killWithParent } from "../../cli/envoy/guard.js";

/** What the suite has to say of one of its tests. */
export interface Verdict {
  id: string;
  kind: "required" | "optimal" | "check";
  /** `fail` is a plain no of a check. Where the set-up or a test that it depends on failed, it was not tested. */
  result: "pass" | "fail" | "setup failed" | "depends on a failed one" | "was retried" | "untested";
  detail: string;
}

interface Test {
  id: string;
  kind?: Verdict["kind"];
  browser_only?: boolean;
}

interface Modules {
  tests: { tests: Test[] }[];
  judge(suites: unknown, id: string, results: unknown, withDependencies: boolean): readonly string[];
  symbols: Record<string, readonly string[]>;
}

/** The suite's own words for its verdicts. */
const RESULTS: Record<string, Verdict["result"]> = {
  pass: "pass",
  yes: "pass",
  fail: "fail",
  optional_fail: "fail",
  no: "fail",
  setup_fail: "setup failed",
  harness_fail: "setup failed",
  dependency_fail: "depends on a failed one",
  retry: "was retried",
};

/** A copy of the public suite for HTTP caches, in a folder. */
export class Suite {
  private constructor(
    private readonly folder: string,
    private readonly modules: Modules,
  ) {}

  static async in(folder: string): Promise<Suite> {
    await access(join(folder, "test-engine", "cli.mjs"));
    const load = async (path: string) =>
      (await import(pathToFileURL(join(folder, path)).href)) as Record<string, never>;
    const { default: tests } = await load("tests/index.mjs");
    const { determineTestResult: judge, resultTypes: symbols } = await load("test-engine/lib/results.mjs");
    return new Suite(folder, { tests: tests!, judge: judge!, symbols: symbols! });
  }

  /** Starts the suite's origin, on a free port unless one is wanted, and ends it when `use` is done. */
  async withOrigin<T>(use: (port: number) => Promise<T>, wanted?: number): Promise<T> {
    const port = wanted ?? (await freePort());
    const scratch = await mkdtemp(join(tmpdir(), "as-proxy-wasm-suite-"));
    const origin = this.start(scratch, "server/server.mjs", {
      protocol: "http",
      port: String(port),
      pidfile: join(scratch, "pid"),
    });
    try {
      await untilReached(port);
      return await use(port);
    } finally {
      await origin.stop();
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /**
   * Runs all tests against what answers under `base`. `alone` judges each by itself; the suite's own way is to count those
   * as not tested that depend on one that failed.
   */
  async run(base: string, alone: boolean): Promise<Verdict[]> {
    const { text, code } = await this.client(base, "");
    if (code !== 0) throw new Error(`the suite ended with ${code}`);
    return this.verdicts(JSON.parse(text) as Record<string, true | [string, string]>, alone);
  }

  /** Runs one test, and gives back what the suite tells of it: all requests and responses. */
  async runOne(base: string, id: string): Promise<string> {
    return (await this.client(base, id)).text;
  }

  private async client(base: string, id: string): Promise<{ text: string; code: number | null }> {
    const scratch = await mkdtemp(join(tmpdir(), "as-proxy-wasm-suite-"));
    const { child, stop } = this.start(scratch, "cli.mjs", { base, id });
    let text = "";
    child.stdout!.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    const [code] = (await once(child, "close")) as [number | null];
    await stop();
    await rm(scratch, { recursive: true, force: true });
    return { text, code };
  }

  private start(scratch: string, file: string, settings: Record<string, string>) {
    const env = { ...process.env };
    for (const [name, value] of Object.entries(settings)) env[`npm_package_config_${name}`] = value;
    const child: ChildProcess = spawn(process.execPath, ["--no-warnings", join("test-engine", file)], {
      cwd: this.folder,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const release = killWithParent(child, scratch);
    child.stdout!.resume();
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill();
        await ended;
      }
      release();
    };
    return { child, stop };
  }

  private verdicts(results: Record<string, true | [string, string]>, alone: boolean): Verdict[] {
    const { tests, judge, symbols } = this.modules;
    const names = new Map(Object.entries(symbols).map(([name, symbol]) => [symbol, name]));
    return tests
      .flatMap((group) => group.tests)
      .filter((test) => test.browser_only !== true)
      .map((test) => {
        const found = results[test.id];
        return {
          id: test.id,
          kind: test.kind ?? "required",
          result: RESULTS[names.get(judge(tests, test.id, results, !alone)) ?? ""] ?? "untested",
          detail: Array.isArray(found) ? found.join(": ") : "",
        };
      });
  }
}

async function untilReached(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const reached = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (reached) return;
    await sleep(100);
  }
  throw new Error("the suite's origin does not answer");
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
