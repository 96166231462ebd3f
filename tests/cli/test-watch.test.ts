import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { test } from "node:test";
import { apwArguments } from "./apw.js";
import { greeterProject, pluginText, specText } from "./greeter-project.js";

test("apw test --watch compiles again what is edited, keeps on after a mistake, and ends with Ctrl-C", async () => {
  const project = await greeterProject();
  const child = spawn(process.execPath, [...apwArguments, "test", "--watch", "--host", "embedded"], {
    cwd: project.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = listen(child);
  try {
    await said(/1 scenario on the embedded host: 1 passed[^]*1 unit test[^]*waiting for changes/);
    await project.write({ "assembly/index.ts": pluginText("ho") });
    await said(/FAILED[^]*hoho[^]*1 scenario on the embedded host: 1 failed[^]*waiting for the next/);
    await project.write({ "assembly/index.ts": pluginText("hi").replace("double(", "doubles(") });
    await said(/ERROR TS[^]*nothing was played[^]*waiting for the next/);
    await project.write({ "assembly/index.ts": pluginText("hi") });
    await said(/1 scenario on the embedded host: 1 passed[^]*waiting for the next/);
    await project.write({ "tests/double.spec.ts": specText("b") });
    await said(/expected {2}"b"[^]*1 unit test in 1 file: 1 failed[^]*waiting for the next/);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    assert.equal(await ended, 0);
  } finally {
    child.kill("SIGKILL");
    await project.remove();
  }
});

/** Waits for what a program says next. */
function listen(child: ChildProcess): (pattern: RegExp) => Promise<void> {
  let heard = "";
  const add = (chunk: Buffer) => (heard += chunk.toString());
  child.stdout!.on("data", add);
  child.stderr!.on("data", add);
  return async (pattern) => {
    const deadline = Date.now() + 90_000;
    while (!pattern.test(heard)) {
      if (Date.now() > deadline || child.exitCode !== null)
        assert.fail(`it did not say ${pattern}:\n${heard}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    heard = "";
  };
}
