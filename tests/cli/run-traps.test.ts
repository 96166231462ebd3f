import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "../../cli/request.js";
import { type Run, runApw, withProject, withRun } from "./run-harness.js";

/** A plugin that traps on a short path, and as it is configured where `greetings` has nothing in it. */
const source = (above: string, greetings: string, within = "") => `${above}
import { Config, HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";

class Root extends RootContext {
  greeting: string = "";

  onConfigure(config: Config): bool {
    const greetings: string[] = [${greetings}];
    this.greeting = firstOf(greetings);
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new Stream();
  }
}

function firstOf(list: string[]): string {
  ${within}return list[0];
}

function thirdOf(path: string): string {
  return path.split("/")[3];
}

class Stream extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const path = this.request.headers.get(":path");
    if (path !== null) this.request.headers.set("x-third", thirdOf(path));
    return HeadersAction.Continue;
  }
}

register("greeter", () => new Root());
`;
const lineOf = (text: string, what: string) => text.split("\n").findIndex((line) => line.includes(what)) + 1;

/** What was told of a function in a trace from `from` on. */
async function placeOf(name: string, run: Run, from: number): Promise<string> {
  const said = new RegExp(` - assembly/index/${name}  (assembly/index\\.ts:\\d+):`);
  const { message } = await run.event("log", (event) => said.test(event.message), from);
  return said.exec(message)![1]!;
}

/** Has it trap, and gives back the place that is told. */
async function trapped(run: Run): Promise<string> {
  const mark = run.events.length;
  // Where it trapped before, a new VM takes its time.
  for (let tries = 0; tries < 100; tries++) {
    if ((await request(run.port, { path: "/a/b/c" })).status === 200) break;
    await sleep(100);
  }
  await request(run.port, { path: "/a" });
  return placeOf("thirdOf", run, mark);
}

const options = ["--watch", "--no-diff", "--fail-policy", "reload"];

for (const host of ["embedded", "envoy"])
  test(`run --watch --debug on ${host}: a trap has the line of the build that trapped`, async () => {
    const first = source("", '"hi"');
    await withProject({ "assembly/index.ts": first }, async (folder) => {
      await withRun(["--debug", "--host", host, ...options], { cwd: folder }, async (run) => {
        const write = (text: string) => writeFile(join(folder, "assembly", "index.ts"), text);
        assert.equal(await trapped(run), `assembly/index.ts:${lineOf(first, "[3]")}`);

        const moved = source("// one\n// two\n// three", '"hi"');
        let mark = run.events.length;
        await write(moved);
        await run.event("rebuilt", undefined, mark);
        assert.equal(await trapped(run), `assembly/index.ts:${lineOf(moved, "[3]")}`);

        // One that traps before it serves: what serves goes on, and has other lines.
        const broken = source("", "", 'if (list.length > 5) return "";\n  ');
        mark = run.events.length;
        await write(broken);
        assert.equal(await placeOf("firstOf", run, mark), `assembly/index.ts:${lineOf(broken, "list[0]")}`);
        assert.equal((await run.event("error", undefined, mark)).kind, "refused");
        assert.equal(await trapped(run), `assembly/index.ts:${lineOf(moved, "[3]")}`);
      });
    });
  });

test("run --watch of a module: lines that moved while the code stayed are known", async () => {
  const first = source("", '"hi"');
  await withProject({ "assembly/index.ts": first }, async (folder) => {
    const build = async () => {
      const { code, stderr } = await runApw(["build", "--debug"], { cwd: folder });
      assert.equal(code, 0, stderr);
    };
    await build();
    const module = join(folder, "build", "greeter.wasm");
    await withRun([module, "--host", "embedded", ...options], { cwd: folder }, async (run) => {
      assert.equal(await trapped(run), `assembly/index.ts:${lineOf(first, "[3]")}`);
      const moved = source("// one\n// two\n// three", '"hi"');
      await writeFile(join(folder, "assembly", "index.ts"), moved);
      const mark = run.events.length;
      await build();
      await run.event("unchanged", undefined, mark);
      assert.equal(await trapped(run), `assembly/index.ts:${lineOf(moved, "[3]")}`);
    });
  });
});
