import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "../project/plugin.js";
import { runProgram } from "../spawn.js";
import { MissingPrerequisite } from "../terminal.js";
import { removeScratch, scratchFolder } from "../scratch.js";

export interface UnitTest {
  file: string;
  group: string;
  name: string;
  passed: boolean;
  milliseconds: number;
  /** What as-pect says of a failure, and the values that were compared. */
  message: string | null;
  seen: string | null;
  expected: string | null;
  logs: string[];
}

export interface UnitResult {
  plugin: string;
  tests: UnitTest[];
  failed: number;
  milliseconds: number;
  /** Why they did not run to their end, in the compiler's or as-pect's words; null when they did. */
  error: string | null;
}

const configuration = "as-pect.config.js";

/** The unit tests of a project, as its `as-pect.config.js` names them; its own as-pect runs them. */
export class UnitTests {
  /** Where what they depend on lies. */
  readonly folders: readonly string[];

  private constructor(
    private readonly name: string,
    private readonly folder: string,
  ) {
    this.folders = ["assembly", "tests"].map((part) => join(folder, part)).filter((path) => existsSync(path));
  }

  /** Null of a project without any. */
  static of({ name, kind, folder }: Plugin): UnitTests | null {
    return kind === "project" && existsSync(join(folder, configuration)) ? new UnitTests(name, folder) : null;
  }

  concerns(changed: ReadonlySet<string>): boolean {
    return [...changed].some(
      (file) => file.endsWith(".ts") && this.folders.some((folder) => file.startsWith(folder + sep)),
    );
  }

  async run(): Promise<UnitResult> {
    const program = this.asPect();
    const scratch = await scratchFolder(join(tmpdir(), "as-proxy-wasm-unit-"));
    const started = performance.now();
    try {
      const [config, results] = [join(scratch, "config.mjs"), join(scratch, "results")];
      await writeFile(config, this.configWithReporter());
      const args = ["--config", relative(this.folder, config), "--as-config", "as-pect.asconfig.json"];
      const { exitCode, output } = await runProgram(
        process.execPath,
        ["--enable-source-maps", program, ...args, "--no-logo"],
        { cwd: this.folder, environment: { ...process.env, APW_UNIT_RESULTS: results } },
      );
      const { tests, errors } = read(await readFile(results, "utf8").catch(() => ""));
      const failed = tests.filter(({ passed }) => !passed).length;
      if (exitCode !== 0 && failed === 0 && errors.length === 0) errors.push(worthTelling(output));
      return {
        plugin: this.name,
        tests,
        failed,
        milliseconds: performance.now() - started,
        error: errors.length === 0 ? null : errors.join("\n"),
      };
    } finally {
      await removeScratch(scratch);
    }
  }

  private asPect(): string {
    // The program behind as-pect's command, which would lose lines and the exit code of a killed child. The package
    // exports neither it nor its package.json.
    const places = createRequire(join(this.folder, "package.json")).resolve.paths("@as-pect/cli") ?? [];
    const programs = places.map((place) => join(place, "@as-pect", "cli", "lib", "test.js"));
    const found = programs.find((program) => existsSync(program));
    if (found !== undefined) return found;
    throw new MissingPrerequisite(
      `as-pect, which runs unit tests, is not installed in ${this.folder}: run npm install there.`,
    );
  }

  /** The project's configuration, with a reporter that tells us. as-pect takes its path from the folder it runs in. */
  private configWithReporter(): string {
    const project = pathToFileURL(join(this.folder, configuration)).href;
    const reporter = relative(this.folder, fileURLToPath(new URL("reporter.mjs", import.meta.url)));
    return [
      `import project from ${JSON.stringify(project)};`,
      `export default { ...project, reporter: ${JSON.stringify(reporter)} };`,
      "",
    ].join("\n");
  }
}

function read(text: string): { tests: UnitTest[]; errors: string[] } {
  type Suite = { file: string; tests: Omit<UnitTest, "file">[]; errors: string[] };
  const suites = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Suite);
  return {
    tests: suites.flatMap(({ file, tests }) => tests.map((one) => ({ file, ...one }))),
    errors: suites.flatMap(({ file, errors }) => errors.map((error) => `${file}: ${error}`)),
  };
}

/** Without what as-pect says of itself: a picture, its version, those of others. */
const worthTelling = (output: string): string =>
  output
    .replace(/^[^]*?AS-pect⚡.*\n/, "")
    .replaceAll(/^(Using config|ASC Version): .*\n/gm, "")
    .replaceAll(/^ +at .*\n/gm, "")
    .trim();
