import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { asconfigWords } from "../project/asconfig.js";
import { CompileError } from "../project/compile.js";
import { MissingPrerequisite } from "../terminal.js";

interface Answer {
  ok: boolean;
  said: string;
  /** The files that were read, with links resolved. */
  files: string[];
}

/** After so many modules the compiler starts anew: its memory only grows. */
const mostModules = 40;

/**
 * asc in a process of its own that stays: starting it is most of what compiling a plugin costs. It leaves binaryen's
 * passes out, since what asc makes without them is as correct.
 */
export class WarmCompiler {
  private child: ChildProcess | undefined;
  private made = 0;
  private queue: Promise<unknown> = Promise.resolve();
  private stopped = false;

  /** `cwd` is where asconfig.json and node_modules are. */
  constructor(private readonly cwd: string) {}

  /** Compiles a source to a file, both relative to the folder, and gives back the files it is made of. With `debug` it has names, and a source map. */
  compile(entry: string, output: string, debug = false): Promise<string[]> {
    const result = this.queue.then(() => this.compileNow(entry, output, debug));
    this.queue = result.catch(() => {});
    return result;
  }

  stop(): void {
    this.stopped = true;
    this.child?.kill("SIGKILL");
  }

  private async compileNow(entry: string, output: string, debug: boolean): Promise<string[]> {
    const child = (this.child ??= this.start());
    const words = [entry, "-o", output, ...asconfigWords(this.cwd, entry)];
    words.push("--optimizeLevel", "0", "--shrinkLevel", "0");
    if (debug) words.push("--debug", "--sourceMap");
    const { ok, said, files } = await ask(child, words);
    // What a failed compilation, or a transform, leaves behind must not meet the next one.
    if (!ok || ++this.made >= mostModules) this.restart();
    if (!ok) throw new CompileFailure(`${dirname(entry)} does not compile:\n${said.trimEnd()}`, files);
    if (said.trim() !== "") process.stderr.write(said); // warnings
    return files;
  }

  private restart(): void {
    this.child?.kill("SIGKILL");
    this.made = 0;
    this.child = this.stopped ? undefined : this.start();
  }

  private start(): ChildProcess {
    if (!existsSync(join(this.cwd, "package.json")))
      throw new MissingPrerequisite(
        `There is no package.json in ${this.cwd}, so no compiler: run npm install there.`,
      );
    const child = fork(fileURLToPath(new URL("compiler.mjs", import.meta.url)), {
      cwd: this.cwd,
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    process.once("exit", () => child.kill("SIGKILL"));
    return child;
  }
}

/** The source does not compile; it was made of these files as far as it went. */
export class CompileFailure extends CompileError {
  constructor(
    message: string,
    readonly files: readonly string[],
  ) {
    super(message);
  }
}

function ask(child: ChildProcess, words: string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const last: Buffer[] = [];
    const onError = (chunk: Buffer) => last.push(chunk);
    const done = () => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.stderr?.off("data", onError);
    };
    const onMessage = (message: object) => {
      if (!("ok" in message)) return;
      done();
      resolve(message as Answer);
    };
    const onExit = () => {
      done();
      const said = Buffer.concat(last).toString();
      if (/Cannot find (module|package) 'assemblyscript/.test(said))
        reject(
          new MissingPrerequisite("The compiler is not installed: run npm install in the project's folder."),
        );
      else resolve({ ok: false, said: said.trim() || "the compiler ended without a word", files: [] });
    };
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.stderr?.on("data", onError);
    if (child.exitCode !== null) return onExit();
    child.send({ words }, (error) => {
      if (error !== null && child.exitCode !== null) onExit();
    });
  });
}
