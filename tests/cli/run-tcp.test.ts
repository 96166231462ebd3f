import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange } from "../../cli/request.js";
import { runApw, withProject, withRun } from "./run-harness.js";

const source = `
import { RootContext, StreamAction, StreamContext, log, register } from "as-proxy-wasm";

class Root extends RootContext {
  createStreamContext(): StreamContext {
    return new Connection();
  }
}

class Connection extends StreamContext {
  onDownstreamData(size: u32, endOfStream: bool): StreamAction {
    log.info("took " + size.toString() + " bytes");
    return StreamAction.Continue;
  }
}

register("tcp", () => new Root());
`;

const project = {
  "assembly/index.ts": source,
  "runtime-config.json": JSON.stringify({ filter: "network", rootIds: ["tcp"] }),
};

test("run puts a TCP filter before a TCP proxy in Envoy, and the embedded host says that it cannot", () =>
  withProject(project, async (folder) => {
    await withRun(["--watch"], { cwd: folder }, async (run) => {
      assert.match(run.ready.url, /^tcp:/);
      assert.equal((await exchange(run.port, "hello there\n")).toString(), "hello there\n");
      const { plugin } = await run.event("log", ({ message }) => message === "took 12 bytes");
      assert.equal(plugin, "greeter");
      assert.equal((await run.event("upstream")).body, "hello there\n");
    });
    const { code, stderr } = await runApw(["run", "--host", "embedded"], { cwd: folder });
    assert.match(stderr, /greeter is a TCP filter, which the embedded host's proxy does not run/);
    assert.equal(code, 2);
  }));
