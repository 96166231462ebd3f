import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { trapsIn } from "../../cli/check/trap.js";
import { findPlugin } from "../../cli/project/plugin.js";
import type { RunEvent } from "../../cli/run/events.js";
import type { Link } from "../../cli/run/links.js";
import { trapLines } from "../../cli/run/trap-lines.js";
import { apwIn } from "./apw.js";
import { greeterProject, type Project } from "./greeter-project.js";

const source = `import { Config, HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";

class Root extends RootContext {
  onConfigure(config: Config): bool {
    if (config.bool("wants_third")) thirdOf("/a");
    return config.ok();
  }

  createHttpContext(): HttpContext {
    return new Parts();
  }
}

class Parts extends HttpContext {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const path = this.request.headers.get(":path");
    this.request.headers.set("x-third", thirdOf(path!));
    return HeadersAction.Continue;
  }
}

function thirdOf(path: string): string {
  return path.split("/")[3];
}

register("acme.greeter", () => new Root());
`;
const lineOf = (text: string) => source.split("\n").findIndex((line) => line.includes(text)) + 1;
const fault = `assembly/index.ts:${lineOf('split("/")[3]')}:`;
const caller = `assembly/index.ts:${lineOf("thirdOf(path!)")}:`;

const scenarios = `name: does not mind short paths
steps: [{ request: { path: /a }, client: { status: 200 } }]
`;

interface Called {
  log: { text: string }[];
  traps: {
    callback: string;
    reason: string;
    frames: { offset: number; function: string; source: string | null; line?: number }[];
    wayOut?: string;
  }[];
}

let project: Project;
const debug = join("build", "debug", "greeter.wasm");
/** What each host logged of the trap. */
const logs = new Map<string, string>();

before(async () => {
  project = await greeterProject();
  await project.write({ "assembly/index.ts": source, "scenarios/greets.yaml": scenarios });
});
after(() => project.remove());

const apw = (...words: string[]) => apwIn({ cwd: project.folder }, ...words);

async function called(...words: string[]): Promise<Called> {
  const { exitCode, stdout, stderr } = await apw("call", "/a", "--json", ...words);
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as Called;
}

suite("a trap", { timeout: 170_000 }, () => {
  test("leads apw call --debug to the same lines of the source on both hosts", async () => {
    const seen = [];
    for (const host of ["embedded", "envoy"]) {
      const { log, traps } = await called("--debug", "--host", host);
      logs.set(host, log.map(({ text }) => text).join("\n"));
      assert.equal(traps.length, 1);
      const [trap] = traps;
      assert.deepEqual(
        [trap!.callback, trap!.reason, trap!.wayOut],
        ["proxy_on_request_headers", "RuntimeError: unreachable", undefined],
      );
      const own = trap!.frames.filter((frame) => frame.source === "assembly/index.ts");
      assert.deepEqual(
        own.map((frame) => [frame.function, `assembly/index.ts:${frame.line}:`]),
        [
          ["assembly/index/thirdOf", fault],
          ["assembly/index/Parts#onRequestHeaders", caller],
        ],
      );
      seen.push(trap!.frames);
    }
    assert.deepEqual(seen[0], seen[1], "the embedded host counts as Envoy does");
    const { stdout } = await apw("call", "/a", "--debug");
    assert.match(stdout, /the plugin trapped\n {2}proxy_on_request_headers: RuntimeError: unreachable\n/);
    assert.match(
      stdout,
      new RegExp(
        `\\n {4}0x[0-9a-f]+ {2}${fault}\\d+ {2}return path\\.split\\("/"\\)\\[3\\];  in assembly/index/thirdOf\\n`,
      ),
    );
    assert.doesNotMatch(stdout, /in-VM backtrace/, "told once");
  });

  test("without names says how the line is to be had", async () => {
    const { traps } = await called();
    assert.deepEqual(traps[0]?.frames, []);
    assert.match(traps[0].wayOut!, /the module has no names: call it with --debug$/);
    const module = join("build", "greeter.wasm");
    const alone = await apw("call", module, "/a", "--root-id", "acme.greeter");
    assert.match(alone.stdout, /the module has no names: build it with apw build --debug\n/);
    const both = await apw("call", module, "/a", "--debug");
    assert.equal(both.exitCode, 2);
    assert.match(both.stderr, /greeter\.wasm is compiled already: --debug is for a project/);
  });

  test("in Envoy's log leads apw check --at to the line, in whatever form the log comes", async () => {
    const log = logs.get("envoy")!;
    const [first] = trapsIn(log)[0]!.frames;
    const place = new RegExp(`^0x[0-9a-f]+ {2}${fault}\\d+ .* in assembly/index/thirdOf$`, "m");
    await writeFile(join(project.folder, "envoy.log"), log);
    const json = JSON.stringify({ level: "error", scope: "envoy wasm", msg: log, thread: 12 });
    const ways: [string[], string?][] = [
      [["@envoy.log"]],
      [["-"], `2026-01-01T00:00:00Z\terror\tenvoy wasm x.cc:38\t${log}\tthread=12\nand more\n`],
      [["-"], `${json}\n`],
      [["-"], log.replaceAll(/^.*$/gm, (line) => `envoy      | error   ${line}  a.ts:1:2  x`)],
      [[log.slice(log.indexOf("  0: "))]],
      [trapsIn(log)[0]!.frames.map(({ offset }) => `0x${offset.toString(16)}`)],
    ];
    for (const [words, input] of ways) {
      const how = { cwd: project.folder, ...(input !== undefined && { input }) };
      const { exitCode, stdout, stderr } = await apwIn(how, "check", debug, "--at", ...words);
      assert.deepEqual([exitCode, stderr], [0, ""], words.join(" "));
      assert.match(stdout, place, words.join(" "));
    }
    const other = `  0:  0x${first!.offset.toString(16)} - assembly/index/another`;
    const wrong = await apw("check", debug, "--at", other);
    assert.match(wrong.stderr, /elsewhere in .*greeter\.wasm: these lines are of another build/);
    const outside = await apw("check", debug, "--at", "0x7fffffff");
    assert.equal(outside.stdout, "0x7fffffff  is not in the code of the module\n");
  });

  test("while the plugin is configured leads to the same line, on both hosts", async () => {
    for (const host of ["embedded", "envoy"]) {
      const words = ["--debug", "--host", host, "--config", '{"wants_third": true}'];
      const { exitCode, stderr } = await apw("call", "/a", ...words);
      assert.equal(exitCode, 1, stderr);
      assert.match(
        stderr,
        new RegExp(`\\n {2}0x[0-9a-f]+ {2}${fault}\\d+ .* in assembly/index/thirdOf\\n`),
        host,
      );
      assert.doesNotMatch(stderr, /which line that was is not known/, host);
    }
  });

  test("is told with what the plugin said of it, and a recursion's line once", async () => {
    const said = "abort: Unexpected 'null' (not assigned or failed cast) in assembly/index.ts:4:9";
    const head = "Function: proxy_on_configure failed: Uncaught RuntimeError: unreachable";
    const log = `[critical][wasm] wasm log a b: ${said}\n[error][wasm] ${head}\n`;
    assert.deepEqual(
      trapsIn(`${log}[info][main] between\n[error][wasm] ${head}\n`).map(({ words }) => words),
      [said, ""],
    );
    // Without names: where the plugin's words have a line of its own, that is all one needs.
    const released = await apwIn({ cwd: project.folder, input: log }, "check", debug, "--at", "-");
    assert.equal(released.exitCode, 2);
    assert.ok(released.stderr.includes(`  proxy_on_configure: RuntimeError: unreachable, ${said}\n`));
    const frames = trapsIn(logs.get("envoy")!)[0]!.frames;
    const fallen = frames.find(({ name }) => name === "assembly/index/thirdOf")!;
    const line = (at: number) => `  ${at}:  0x${fallen.offset.toString(16)} - ${fallen.name}`;
    const trace = `${log}Proxy-Wasm plugin in-VM backtrace:\n${Array.from({ length: 9 }, (_, at) => line(at)).join("\n")}\n`;
    const { stdout } = await apwIn({ cwd: project.folder, input: trace }, "check", debug, "--at", "-");
    const [title, first, rest, end] = stdout.split("\n");
    assert.equal(title, `proxy_on_configure: RuntimeError: unreachable, ${said}`);
    assert.match(first!, new RegExp(`^0x[0-9a-f]+ {2}${fault}`));
    assert.deepEqual([rest, end], ["... 8 times more", ""]);
  });

  test("is told by apw test --debug with its line, on both hosts", async () => {
    const { exitCode, stdout } = await apw("test", "--debug", "--scenarios", "--json");
    assert.equal(exitCode, 1);
    const { outcomes } = JSON.parse(stdout) as {
      outcomes: { host: string; differences: { seen: string }[] }[];
    };
    assert.deepEqual(
      outcomes.map(({ host }) => host),
      ["embedded", "envoy"],
    );
    for (const { host, differences } of outcomes) {
      const seen = differences.map((one) => one.seen).join("\n");
      assert.match(seen, new RegExp(`0x[0-9a-f]+ {2}${fault}`), host);
      assert.match(seen, new RegExp(`0x[0-9a-f]+ {2}${caller}`), host);
    }
    const plain = await apw("test", "--scenarios", "--host", "embedded");
    assert.match(plain.stdout, /the module has no names: test it with --debug\n/);
  });

  test("is told by apw run with the line behind each function", async () => {
    const plugin = await findPlugin(project.folder);
    const link = (module: string) => ({ name: "greeter", plugin, module }) as Link;
    const told = (module: string, events: RunEvent[]) => {
      const seen: RunEvent[] = [];
      const emit = trapLines((event) => seen.push(event), [link(module)]);
      for (const event of events) emit(event);
      return seen.map((event) => ("message" in event ? event.message : ""));
    };
    const file = join(project.folder, debug);
    const trap = logs.get("embedded")!.split("\n").slice(1).join("\n");
    const whole = told(file, [{ event: "log", plugin: "greeter", level: "critical", message: trap }]);
    const lines = trap
      .split("\n")
      .map((message): RunEvent => ({ event: "log", plugin: "envoy", level: "error", message }));
    assert.deepEqual(told(file, lines), whole, "Envoy's comes line by line");
    assert.ok(
      whole.some((line) => line.includes(` - assembly/index/thirdOf  ${fault}`)),
      whole.join("\n"),
    );
    const [head = ""] = trap.split("\n");
    const released = join(project.folder, "build", "greeter.wasm");
    const twice = told(released, [lines[0]!, lines[0]!]);
    assert.deepEqual(twice, [
      head,
      "which line trapped is not known without names and a source map: run it with --debug",
      head,
    ]);
  });
});
