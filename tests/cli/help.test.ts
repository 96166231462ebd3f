import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { before, suite, test } from "node:test";
import { CommanderError, type Command } from "commander";
import { commands } from "../../cli/commands/index.js";
import { explain } from "../../cli/explain.js";
import { root } from "../../cli/root.js";
import { MissingPrerequisite, WrongUse } from "../../cli/terminal.js";
import { apw, apwArguments, apwIn, apwSeveral, type Ended, refuseAll } from "./apw.js";

const withInner = (command: Command): Command[] => [command, ...command.commands.flatMap(withInner)];
const pathOf = (command: Command): string[] =>
  command.parent === null || command.parent.name() === "apw"
    ? [command.name()]
    : [...pathOf(command.parent), command.name()];
const all = commands.flatMap(withInner);

/** Has the child tell the processor time it took: the time on the wall is that of all who work here. */
const tellTime = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write(`cpu=${process.cpuUsage().user}`))',
)}`;

suite("each command", () => {
  let helps: Ended[];
  let strangers: Ended[];
  before(async () => {
    helps = await apwSeveral(all.map((command) => [...pathOf(command), "--help"]));
    strangers = await apwSeveral(all.map((command) => [...pathOf(command), "--frobnicate"]));
  });

  for (const [index, command] of all.entries()) {
    const words = pathOf(command);
    test(`${words.join(" ")} explains itself, every option and argument, with examples`, () => {
      assert.match(command.description(), /^[a-z]/, "a description that goes on from the command's name");
      for (const { flags, description } of command.options) assert.ok(description.length > 5, flags);
      for (const argument of command.registeredArguments)
        assert.ok(argument.description.length > 5, argument.name());
      const { exitCode, stdout } = helps[index]!;
      assert.equal(exitCode, 0);
      assert.match(stdout, /^Usage: apw /);
      if (command.commands.length === 0)
        assert.match(stdout, new RegExp(`^Examples\\n( {2}.*\\n)*? {2}(npx )?apw ${words.join(" ")}`, "m"));
      for (const { long } of command.options) assert.ok(stdout.includes(long!), long);
      assert.ok(!stdout.includes("\x1b"), "colours where there is no terminal");
    });

    test(`${words.join(" ")} does not know every option, and says so in a line`, () => {
      assert.deepEqual(strangers[index], {
        exitCode: 2,
        stdout: "",
        stderr: "unknown option '--frobnicate' (--help shows what there is)\n",
      });
    });
  }

  test("is explained in less than a second of a processor's time", async () => {
    const times = [];
    for (let round = 0; round < 5; round++) {
      const words = pathOf(all[(round * 5) % all.length]!);
      const environment = { NODE_OPTIONS: `--import ${tellTime}` };
      const { stderr } = await apwIn({ environment }, ...words, "--help");
      times.push(Number(/cpu=(\d+)/.exec(stderr)![1]));
    }
    times.sort((a, b) => a - b);
    assert.ok(times[2]! < 1_000_000, `${times.join(", ")} µs`);
  });
});

test("what is loaded before a command is known is light", () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, what = "", from = ""] of readFileSync(file, "utf8").matchAll(
      /^(?:import|export) ((?:type )?[^;"]*?from )?"([^"]+)";$/gm,
    )) {
      const names =
        /\{([^}]*)\}/
          .exec(what)?.[1]
          ?.split(",")
          .filter((name) => name.trim() !== "") ?? [];
      if (what.startsWith("type ") || (names.length > 0 && names.every((name) => /^\s*type /.test(name))))
        continue;
      if (!from.startsWith(".")) packages.add(from);
      else {
        const path = join(dirname(file), from);
        visit(existsSync(path) ? path : path.replace(/\.js$/, ".ts"));
      }
    }
  };
  visit(join(root, "cli", "apw.ts"));
  const foreign = [...packages].filter((name) => !name.startsWith("node:"));
  assert.deepEqual(foreign, ["commander"], "what a command needs is imported in its action");
  assert.ok(seen.size < 70, [...seen].map((file) => relative(root, file)).join("\n"));
});

test("apw alone shows what there is, and its version", async () => {
  const { exitCode, stdout } = await apw();
  assert.equal(exitCode, 0);
  for (const command of commands) assert.match(stdout, new RegExp(`^ {2}${command.name()}\\b`, "m"));
  assert.match(stdout, /^Examples\n {2}apw /m);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  assert.deepEqual(await apw("--version"), { exitCode: 0, stdout: `${version}\n`, stderr: "" });
  const help = await apw("help", "test");
  assert.equal(help.exitCode, 0);
  assert.match(help.stdout, /^Usage: apw test /);
});

test("what is no command is told in a line, with the one that was probably meant", async () => {
  const uses: [string[], RegExp][] = [
    [["frobnicate"], /^unknown command 'frobnicate' \(--help shows what there is\)\n$/],
    [["tset"], /^unknown command 'tset' \(Did you mean test\? --help shows what there is\)\n$/],
    [["help", "frobnicate"], /^there is no command frobnicate: there are .*\btest\b.*\n$/],
    [["test", "--hots"], /^unknown option '--hots' \(Did you mean --host\? --help shows what there is\)\n$/],
    [["call", "--host"], /^option '--host <host>' argument missing \(--help shows what there is\)\n$/],
    [["call", "a", "b", "c"], /^too many arguments for 'call'\. Expected 2 arguments but got 3.* \(--help/],
  ];
  await refuseAll(uses);
});

test("--verbose shows where an error comes from, before the command or after it", async () => {
  const plain = await apw("call", "nothing");
  assert.equal(plain.stderr.trim().split("\n").length, 1);
  for (const args of [
    ["--verbose", "call", "nothing"],
    ["call", "nothing", "--verbose"],
  ]) {
    const { exitCode, stderr } = await apw(...args);
    assert.equal(exitCode, 2);
    assert.ok(stderr.startsWith(plain.stderr), stderr);
    assert.match(stderr, /\n +at findPlugin /);
  }
});

test("ends quietly when nobody reads on", async () => {
  const child = spawn(process.execPath, [...apwArguments, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.deepEqual([code, said], [0, ""]);
});

test("what the system says becomes a sentence with the way out", () => {
  const system = (code: string, more: object = {}) =>
    Object.assign(new Error(`${code}: no`), { code, ...more });
  const told: [unknown, string, number][] = [
    [system("ENOENT", { path: "/a" }), "there is no /a", 2],
    [
      system("EACCES", { path: "/a" }),
      "no permission for /a: choose another place, or change who may use it",
      2,
    ],
    [
      system("EADDRINUSE", { port: 80, address: "127.0.0.1" }),
      "port 80 of 127.0.0.1 is taken by another program: choose another port, or 0 for a free one",
      2,
    ],
    [
      new TypeError("fetch failed", { cause: system("ECONNREFUSED", { port: 9, address: "127.0.0.1" }) }),
      "nothing listens on port 9 of 127.0.0.1: is the service running?",
      2,
    ],
    [
      new TypeError("fetch failed", {
        cause: new AggregateError([system("ECONNREFUSED", { port: 9, address: "::1" })]),
      }),
      "nothing listens on port 9 of ::1: is the service running?",
      2,
    ],
    [
      system("ENOTFOUND", { hostname: "a.invalid" }),
      "a.invalid has no address: is the name right, and is there a network?",
      2,
    ],
    [
      system("ENOSPC", { syscall: "watch", path: "/a" }),
      "the system watches no more files: sudo sysctl fs.inotify.max_user_watches=524288 lets it watch more",
      2,
    ],
    [system("ENOSPC", { path: "/a" }), "/a cannot be written: the disk is full", 2],
    [new WrongUse("this way"), "this way", 2],
    [new MissingPrerequisite("install it"), "install it", 2],
    [
      new CommanderError(1, "x", "error: unknown option '--a'\n(Did you mean --b?)"),
      "unknown option '--a' (Did you mean --b? --help shows what there is)",
      2,
    ],
  ];
  for (const [error, text, code] of told) assert.deepEqual(explain(error, false), { text, code });
  const own = explain(new Error("odd"), false);
  assert.equal(own.code, 3);
  assert.match(own.text, /apw itself is at fault:.* odd\nRun it again with --verbose/);
  assert.match(explain(new Error("odd"), true).text, /\n +at /);
});
