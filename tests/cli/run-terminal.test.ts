import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "../../cli/request.js";
import { plugin } from "../envoy/harness.js";
import { apwArguments } from "./apw.js";
import { descendantsOf, isAlive } from "./run-harness.js";

const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;

/** A program on a terminal of its own, which Python opens: what is written to it is typed. */
class Terminal {
  shown = "";
  readonly ended: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    child.stdout!.on("data", (chunk: Buffer) => (this.shown += chunk.toString()));
    this.ended = new Promise((resolve) => child.on("close", resolve));
  }

  static start(words: string[]): Terminal {
    const script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    const environment = { ...process.env };
    delete environment["NO_COLOR"];
    const child = spawn("python3", ["-c", script, process.execPath, ...apwArguments, ...words], {
      env: environment,
      stdio: ["pipe", "pipe", "inherit"],
    });
    return new Terminal(child);
  }

  type(text: string): number {
    const mark = this.shown.length;
    this.child.stdin!.write(text);
    return mark;
  }

  async until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (const deadline = Date.now() + 60_000; ; await sleep(30)) {
      const found = pattern.exec(this.shown.slice(from));
      if (found !== null) return found;
      assert.ok(Date.now() < deadline, `never shown: ${pattern}; shown: ${this.shown}`);
    }
  }
}

test(
  "run on a terminal has colours and keys, and Ctrl-C ends it and all it started",
  { skip: hasPython ? false : "there is no Python to open a terminal with" },
  async () => {
    const words = ["run", await plugin("hello"), "--host", "envoy", "--port", "0", "--admin-port", "0"];
    const terminal = Terminal.start(words);
    try {
      const [, port] = await terminal.until(/http:\/\/127\.0\.0\.1:(\d+)/);
      await terminal.until(/h \+ Enter shows what else can be done/);
      assert.match(terminal.shown, /\x1b\[36mhello\x1b\[0m/);
      let mark = terminal.type("h\n");
      await terminal.until(/builds again and reloads(.|\s)*ends it/, mark);
      mark = terminal.type("");
      await request(Number(port), { path: "/seen" });
      await terminal.until(/GET \/seen.*200/, mark);
      await terminal.until(/\+ hello: world/, mark);
      mark = terminal.type("r\n");
      await terminal.until(/hello: built, and the same as before/, mark);

      const started = await descendantsOf(terminal.child.pid!);
      assert.ok(started.length > 1);
      terminal.type("\x03");
      assert.equal(await terminal.ended, 0);
      for (const deadline = Date.now() + 5000; Date.now() < deadline; await sleep(50))
        if (!(await Promise.all(started.map(isAlive))).includes(true)) break;
      assert.deepEqual(
        await Promise.all(started.map(isAlive)),
        started.map(() => false),
      );
    } finally {
      terminal.child.kill("SIGKILL");
    }
  },
);
