import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root } from "../../cli/root.js";
import { runProgram } from "../../cli/spawn.js";
import { callerModules } from "./caller.js";

const right = "name: goes right\nsteps: [{ request: {}, client: { body: ok } }]\n";
const wrong = [
  "name: goes wrong",
  'upstream: [{ reply: { body: "one\\ntwo" } }]',
  "steps:",
  "  - request: {}",
  "    client:",
  "      status: 204",
  '      body: "one\\n2"',
  "log: { absent: [over] }",
  "",
].join("\n");

let folder: string;
let moduleOption: string[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-command-"));
  const file = join(folder, "mine.wasm");
  await copyFile(await callerModules.file("caller"), file);
  moduleOption = ["--module", `mine=${file}`];
});
after(() => rm(folder, { recursive: true, force: true }));

const program = ["--import", "tsx", join("cli", "house", "scenarios.ts")];

async function command(...args: string[]): Promise<{ exitCode: number; output: string }> {
  return runProgram(process.execPath, [...program, ...args], { cwd: root });
}

async function fileWith(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

suite("the command scenarios", () => {
  test("plays a module of one's own on both hosts and counts in its closing line", async () => {
    const file = await fileWith("right.yaml", right);
    const { exitCode, output } = await command(...moduleOption, file);
    assert.match(output, /^1 scenario on the embedded host and Envoy: 2 passed in \d+\.\d s\n$/);
    assert.equal(exitCode, 0);
  });

  test("shows what is expected beside what is seen, with lines of the file, and ends with 1", async () => {
    const file = await fileWith("wrong.yaml", wrong);
    const { exitCode, output } = await command(...moduleOption, "--host", "embedded", file);
    const lines = output.split("\n").map((line) => line.trimEnd());
    assert.equal(exitCode, 1);
    assert.equal(lines[0], `FAILED  ${file}:1  goes wrong, on the embedded host`);
    assert.match(output, /^ {2}steps\[0\]\.client\.status \(line 6\) +204 +200$/m);
    const diff = ["  steps[0].client.body (line 7)", "  - expected  + seen", "    one", "  - 2", "  + two"];
    assert.ok(output.includes(diff.join("\n")), output);
    assert.match(
      output,
      /log\.absent \(line 8\) +no line with "over" +info: over: [^]*the plugins logged\n {4}info: over: \//,
    );
    assert.match(output, /1 scenario on the embedded host: 1 failed, 0 passed in/);
    assert.ok(!output.includes("\x1b"), "colours where there is no terminal");
  });

  test("writes JSON and JUnit", async () => {
    const file = await fileWith("both.yaml", `${wrong}---\n${right}`);
    const junit = join(folder, "junit.xml");
    const args = [...moduleOption, "--host", "embedded", "--json", "--junit", junit, file];
    const { exitCode, output } = await command(...args);
    assert.equal(exitCode, 1);
    const report = JSON.parse(output) as {
      passed: number;
      failed: number;
      outcomes: { name: string; passed: boolean; differences: object[] }[];
    };
    assert.deepEqual([report.passed, report.failed], [1, 1]);
    assert.deepEqual(
      report.outcomes.map(({ name, passed }) => [name, passed]),
      [
        ["goes wrong", false],
        ["goes right", true],
      ],
    );
    assert.deepEqual(report.outcomes[0]!.differences[0], {
      where: "steps[0].client.status",
      line: 6,
      expected: "204",
      seen: "200",
    });
    const xml = await readFile(junit, "utf8");
    assert.match(xml, /<testsuites tests="2" failures="1" errors="0"/);
    assert.match(xml, /<testcase classname="mine\.embedded" name="goes right" [^>]*\/>/);
    assert.match(xml, /<failure message="steps\[0\]\.client\.status, .*">[^]*wanted {2}204/);
  });

  test("takes a filter, and folders", async () => {
    await fileWith("both.yaml", `${wrong}---\n${right}`);
    const { exitCode, output } = await command(
      ...moduleOption,
      "--host=embedded",
      "--filter",
      "goes right",
      folder,
    );
    assert.match(output, /scenarios? on the embedded host: \d passed/);
    assert.equal(exitCode, 0);
  });

  test("tells what was not used in the right way in one sentence, and ends with 2", async () => {
    const bad = await fileWith("bad.yml", "name: a\nsteps:\n  - request: { paths: / }\n");
    const uses: [string[], RegExp][] = [
      [
        ["--host", "nginx"],
        /^option .--host <host>. argument .nginx. is invalid\. Allowed choices are embedded, envoy, both\. \(--help shows what there is\)\n$/,
      ],
      [["no-such-thing"], /^there is no file, folder or plugin "no-such-thing"\n$/],
      [["--loud"], /^unknown option '--loud' \(--help shows what there is\)\n$/],
      [
        ["--module", "a", "hello"],
        /argument .a. is invalid\. expected NAME=FILE \(--help shows what there is\)\n$/,
      ],
      [["--module", "a=/none.wasm", "hello"], /^--module a=\/none\.wasm: there is no file \/none\.wasm\n$/],
      [["--watch", "--json"], /^option '--watch' cannot be used with option '--json'/],
      [
        [...moduleOption, "--filter", "nothing", join(folder, "right.yaml")],
        /^no scenario has "nothing" in its file or name\n$/,
      ],
      [[...moduleOption, bad], /bad\.yml:3: steps\[0\]\.request\.paths: is not a known key\n$/],
      [[join(folder, "right.yaml")], /right\.yaml:1: there is no plugin ".*": --module .*=FILE says where/],
    ];
    for (const [args, sentence] of uses) {
      const { exitCode, output } = await command(...args);
      assert.match(output, sentence);
      assert.equal(exitCode, 2, args.join(" "));
    }
  });

  test("explains itself, with examples", async () => {
    const { exitCode, output } = await command("--help");
    assert.equal(exitCode, 0);
    for (const option of [
      "host",
      "filter",
      "module",
      "watch",
      "junit",
      "json",
      "envoy",
      "envoy-version",
      "help",
    ])
      assert.match(output, new RegExp(`^ {2}(-h, )?--${option}\\b`, "m"));
    assert.match(output, /^Examples\n {2}npm run scenarios -- hello/m);
  });

  test("plays again what a change concerns, and ends with Ctrl-C", async () => {
    const file = await fileWith("watched.yaml", right);
    const other = await fileWith("other.yaml", right.replace("goes right", "is left alone"));
    const args = [...moduleOption, "--host", "embedded", "--watch", file, other];
    const child = spawn(process.execPath, [...program, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = listen(child);
    await said(/2 scenarios on the embedded host: 2 passed[^]*waiting for changes/);
    await writeFile(file, wrong);
    await said(/goes wrong[^]*1 scenario on the embedded host: 1 failed, 0 passed[^]*waiting for the next/);
    await writeFile(file, "name: [\n");
    await said(/watched\.yaml:\d+: [^]*waiting for the next/);
    await writeFile(file, right);
    await said(/1 scenario on the embedded host: 1 passed[^]*waiting for the next/);
    await copyFile(await callerModules.file("caller"), join(folder, "mine.wasm"));
    await said(/2 scenarios on the embedded host: 2 passed[^]*waiting for the next/);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    assert.equal(await ended, 0);
  });
});

/** Waits for what a program says next. */
function listen(child: ChildProcess): (pattern: RegExp) => Promise<void> {
  let heard = "";
  const add = (chunk: Buffer) => (heard += chunk.toString());
  child.stdout!.on("data", add);
  child.stderr!.on("data", add);
  return async (pattern) => {
    const deadline = Date.now() + 30_000;
    while (!pattern.test(heard)) {
      if (Date.now() > deadline || child.exitCode !== null) {
        child.kill("SIGKILL");
        assert.fail(`it did not say ${pattern}:\n${heard}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    heard = "";
  };
}
