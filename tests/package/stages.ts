import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { inspect } from "../../cli/module.js";
import { breaches } from "../../host/rules.js";
import { succeed } from "./outside.js";
import { withRun } from "./running.js";
import type { Start } from "./starts.js";

/** A newcomer's project, and what its programs are called by. */
export interface Project {
  folder: string;
  apw: string;
}

/** What plain asc makes is correct: hosts load it. */
export async function plainAsc({ folder }: Project): Promise<void> {
  await succeed(folder, "npx", ["--no-install", "asc", "assembly/index.ts", "-o", "plain.wasm"]);
  assert.deepEqual(breaches(inspect(await readFile(join(folder, "plain.wasm")))), []);
}

export async function build({ folder, apw }: Project, name: string): Promise<void> {
  await succeed(folder, process.execPath, [apw, "build"]);
  assert.deepEqual(breaches(inspect(await readFile(join(folder, "build", `${name}.wasm`)))), []);
}

export async function test({ folder, apw }: Project, host: "embedded" | "envoy" | "both"): Promise<string> {
  return succeed(folder, process.execPath, [apw, "test", "--host", host]);
}

export async function check({ folder, apw }: Project, name: string): Promise<void> {
  await succeed(folder, process.execPath, [apw, "check", `build/${name}.wasm`]);
}

/** A request to what `apw run` starts is answered as the plugin makes it. */
export async function run(
  { folder, apw }: Project,
  host: "embedded" | "envoy",
  { config, request, seen }: Start,
): Promise<void> {
  const args = ["--host", host, "--config", JSON.stringify(config)];
  await withRun(folder, apw, args, async (url) => {
    const response = await fetch(new URL(request?.path ?? "/", url), { headers: request?.headers ?? {} });
    assert.equal(response.status, seen.status);
    for (const [name, value] of Object.entries(seen.headers ?? {}))
      assert.match(response.headers.get(name) ?? `no ${name}`, value);
    assert.match(await response.text(), seen.body ?? /(?:)/);
  });
}

/** A connection through what `apw run` starts from the template tcp is closed when it begins with what is refused. */
export async function runTcp({ folder, apw }: Project): Promise<void> {
  const args = ["--host", "envoy", "--config", JSON.stringify({ refuse: ["SSH-"] })];
  await withRun(folder, apw, args, async (url) => {
    assert.equal(await said(url, "hello\n", 1), "hello\n".slice(0, 1));
    assert.equal(await said(url, "SSH-2.0-client\r\n", 1), "");
  });
}

/** The first bytes that come back after something was sent; "" where the connection is closed. */
async function said(url: string, text: string, size: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, "connect");
    socket.write(text);
    let answer = "";
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.length >= size) break;
    }
    return answer.slice(0, size);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return "";
    throw error;
  } finally {
    socket.destroy();
  }
}
