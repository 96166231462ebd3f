import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { WrongUse } from "../terminal.js";

export interface TestOptions {
  testUrl?: string;
  expectStatus?: number;
  expectHeader?: string[];
  /** Headers of the request. */
  testHeader?: string[];
  test?: string;
}

/** A test of what was deployed: null when it is as expected, else what is not. */
export type Trial = () => Promise<string | null>;

/** The tests that were asked for; throws `WrongUse` where they cannot be meant so. */
export function trialsFrom(options: TestOptions): { what: string; run: Trial }[] {
  const { testUrl, expectStatus, expectHeader = [], testHeader = [], test } = options;
  const trials: { what: string; run: Trial }[] = [];
  if (testUrl === undefined) {
    if (expectStatus !== undefined || expectHeader.length + testHeader.length > 0)
      throw new WrongUse(
        "--expect-status, --expect-header and --test-header are of the request that --test-url sends",
      );
  } else {
    if (!URL.canParse(testUrl) || !/^https?:/.test(testUrl))
      throw new WrongUse(`--test-url ${testUrl}: expected http:// or https://`);
    const headers = testHeader.map((line) => pair(line, "--test-header"));
    const expected = expectHeader.map((line) => pair(line, "--expect-header"));
    trials.push({ what: `GET ${testUrl}`, run: () => tryRequest(testUrl, headers, expectStatus, expected) });
  }
  if (test !== undefined) trials.push({ what: test, run: () => runCommand(test) });
  return trials;
}

function pair(line: string, option: string): [name: string, value: string | null] {
  const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?::\s*(.*))?$/.exec(line);
  if (found === null) throw new WrongUse(`${option} '${line}': expected name: value, or the name alone`);
  return [found[1]!.toLowerCase(), found[2] ?? null];
}

async function tryRequest(
  url: string,
  headers: readonly [string, string | null][],
  status: number | undefined,
  expected: readonly [string, string | null][],
): Promise<string | null> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      headers: headers.map(([name, value]): [string, string] => [name, value ?? ""]),
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
    return `${url} does not answer (${cause?.code ?? cause?.message ?? message})`;
  }
  const body = (await answer.text().catch(() => "")).slice(0, 200).replace(/\s+/g, " ");
  const wrong: string[] = [];
  // What Istio's stand-in for a module that it could not get says.
  const standIn = answer.status === 403 && body.startsWith("RBAC: access denied");
  if (status !== undefined ? answer.status !== status : answer.status >= 500)
    wrong.push(
      `status ${answer.status}${status === undefined ? "" : ` where ${status} is expected`}${standIn ? " (RBAC: access denied, as Istio says in the place of a module that it could not get)" : body === "" ? "" : ` (${body})`}`,
    );
  for (const [name, value] of expected) {
    const had = answer.headers.get(name);
    if (had === null) wrong.push(`no header ${name}`);
    else if (value !== null && had !== value) wrong.push(`${name}: ${had} where ${value} is expected`);
  }
  return wrong.length === 0 ? null : `${url} answers with ${wrong.join(", ")}`;
}

/** Runs a command by the shell: null when it ends with 0. */
export function runCommand(command: string, timeout = 120_000, signal?: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    const hear = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000));
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const end = () => {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // it has ended
      }
    };
    const late = setTimeout(end, timeout);
    signal?.addEventListener("abort", end, { once: true });
    child.on("error", (error) => resolve(`${command}: ${error.message}`));
    child.on("close", (code, killed) => {
      clearTimeout(late);
      signal?.removeEventListener("abort", end);
      const said = output.trim() === "" ? "" : `: ${output.trim().split("\n").slice(-3).join(" ")}`;
      if (code === 0) resolve(null);
      else resolve(`\`${command}\` ended with ${code ?? killed}${said}`);
    });
  });
}

/** Tries until it is as expected, for so long: proxies and load balancers may be some moments behind. */
export async function untilAsExpected(trial: Trial, milliseconds: number): Promise<string | null> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const wrong = await trial();
    if (wrong === null || Date.now() > deadline) return wrong;
    await sleep(500);
  }
}
