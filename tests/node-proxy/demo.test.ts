import assert from "node:assert/strict";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findDemoHost } from "../../cli/house/demo-hosts.js";
import { root } from "../../cli/root.js";
import { runProgram } from "../../cli/spawn.js";
import { MissingPrerequisite } from "../../cli/terminal.js";

test("the demo runs on the embedded host where there is neither Envoy nor what installs it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-demo-"));
  try {
    await symlink(process.execPath, join(folder, "node"));
    const environment = { PATH: folder, AS_PROXY_WASM_CACHE: join(folder, "cache") };
    const { exitCode, output } = await runProgram(
      process.execPath,
      ["--import", "tsx", join("cli", "house", "demo.ts")],
      { cwd: root, environment },
    );
    assert.equal(exitCode, 0, output);
    assert.match(output, /, the embedded host \(in the place of Envoy\)\n/);
    assert.match(output, /\+ hello: world {2}by hello\n.*\+ x-demo: only on 200 {2}by custom-headers/);
    assert.match(output, /The embedded host and the upstream are stopped/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("what is asked for by name is not replaced", async () => {
  const none = { PATH: "", AS_PROXY_WASM_CACHE: join(tmpdir(), "as-proxy-wasm-nothing") };
  const find = (more: NodeJS.ProcessEnv) => findDemoHost(() => {}, { ...none, ...more });
  await assert.rejects(find({ AS_PROXY_WASM_HOST: "envoy" }), MissingPrerequisite);
  await assert.rejects(find({ ENVOY: "/nothing/here" }), MissingPrerequisite);
  assert.equal((await find({ AS_PROXY_WASM_HOST: "embedded" })).name, "the embedded host");
  assert.equal((await find({})).name, "the embedded host");
});
