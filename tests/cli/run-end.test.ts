import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { plugin } from "../envoy/harness.js";
import { apwArguments } from "./apw.js";
import { descendantsOf, isAlive, Run, runApw } from "./run-harness.js";

const module = await plugin("hello");

/** The Envoy that a run has started. */
async function envoyOf(run: Run): Promise<number> {
  for (const pid of await descendantsOf(run.child.pid!)) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes("--admin-address-path") && !command.startsWith("/bin/sh")) return pid;
  }
  assert.fail("there is no Envoy");
}

async function assertAllEnd(pids: readonly number[]): Promise<void> {
  for (const deadline = Date.now() + 8000; Date.now() < deadline; await sleep(50))
    if (!(await Promise.all(pids.map(isAlive))).includes(true)) return;
  assert.fail("processes were left behind");
}

describe("a run in Envoy", { concurrency: 2 }, () => {
  for (const signal of ["SIGTERM", "SIGHUP"] as const)
    test(`ends with all it started on ${signal}`, async () => {
      const run = await Run.start([module, "--host", "envoy"]);
      const started = await descendantsOf(run.child.pid!);
      assert.equal(await run.stop(signal), 0);
      await assertAllEnd(started);
    });

  test("ends at once on a second Ctrl-C, whatever hangs", async () => {
    const run = await Run.start([module, "--host", "envoy"]);
    const envoy = await envoyOf(run);
    process.kill(envoy, "SIGSTOP");
    run.child.kill("SIGINT");
    await sleep(300);
    assert.equal(await isAlive(run.child.pid!), true, "the first one waits for Envoy");
    const asked = performance.now();
    run.child.kill("SIGINT");
    assert.equal(await run.ended, 130);
    assert.ok(performance.now() - asked < 4000, "before Envoy's time to end is over");
    await assertAllEnd([envoy]);
  });

  test("leaves no Envoy behind when it is killed itself", async () => {
    const run = await Run.start([module, "--host", "envoy"]);
    const envoy = await envoyOf(run);
    run.child.kill("SIGKILL");
    await assertAllEnd([envoy]);
  });

  test("ends when npm is gone that started it, which hands no signal on", async () => {
    // As npx does it: a process between, whose end the other one does not hear of.
    const words = [...apwArguments, "run", "--port", "0", "--admin-port", "0", "--host", "envoy", module];
    const script = `const child = require("node:child_process").spawn(process.execPath, ${JSON.stringify(words)},
      { stdio: ["ignore", "pipe", "ignore"] });
      child.stdout.on("data", (said) => said.includes("admin") && console.log(child.pid));`;
    const npx = spawn(process.execPath, ["-e", script], {
      env: { ...process.env, npm_command: "exec" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [said] = (await once(npx.stdout, "data")) as [Buffer];
    const pid = Number(said.toString());
    const started = [pid, ...(await descendantsOf(pid))];
    assert.ok(started.length > 1, "Envoy is among them");
    npx.kill("SIGTERM");
    await assertAllEnd(started);
  });

  test("says so and ends with 1 when Envoy ends by itself", async () => {
    const run = await Run.start([module, "--host", "envoy"]);
    process.kill(await envoyOf(run), "SIGKILL");
    assert.equal(await run.ended, 1);
    const { kind, message } = await run.event("error");
    assert.equal(kind, "host");
    assert.match(message, /Envoy ended by itself \(SIGKILL\)/);
  });

  test("does not share its port with another one", async () => {
    const run = await Run.start([module, "--host", "envoy"]);
    try {
      const words = ["run", module, "--host", "envoy", "--port", String(run.port)];
      const { code, stderr } = await runApw(words);
      assert.match(stderr, /is taken by another program/);
      assert.equal(code, 2);
      const server = createServer();
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
        server.once("error", resolve);
        server.listen(run.port, "127.0.0.1");
      });
      assert.equal(error.code, "EADDRINUSE");
    } finally {
      await run.stop();
    }
  });
});
