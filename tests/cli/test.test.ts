import assert from "node:assert/strict";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { findEnvoy } from "../../cli/envoy/find.js";
import { root } from "../../cli/root.js";
import { scenarioSchemaLine } from "../../cli/scenarios/schema-line.js";
import { apwIn } from "./apw.js";
import { doubleText, greeterProject, type Project, right, specText } from "./greeter-project.js";

let project: Project;
before(async () => (project = await greeterProject()));
after(() => project.remove());

const chain =
  "name: goes with others\nplugins: [{ plugin: hello }, { plugin: greeter }]\nsteps:\n  - request: {}\n    client: { headers: { hello: world, x-greeting: hihi } }\n";

const testIn = (how: { environment?: NodeJS.ProcessEnv }, ...args: string[]) =>
  apwIn({ cwd: project.folder, timeout: 180_000, ...how }, "test", ...args);

/** What the first of the tests has compiled. */
const compiled = ["--module", "greeter=build/greeter.wasm"];

suite("apw test in a project", () => {
  test("compiles it, plays its scenarios on both hosts and runs its unit tests", async () => {
    const { exitCode, stdout, stderr } = await testIn({});
    assert.equal(exitCode, 0, stdout + stderr);
    assert.match(stdout, /^compiling greeter \.\.\.\ncompiling greeter: /);
    assert.match(stdout, /\n1 scenario on the embedded host and Envoy: 2 passed in /);
    assert.match(stdout, /\n1 unit test in 1 file: 1 passed in /);
    assert.ok(!stdout.includes("\x1b"));
  });

  test("plays on the embedded host alone where there is no Envoy, and says so; --host envoy is then refused", async () => {
    const environment = {
      PATH: "/none",
      ENVOY: undefined,
      AS_PROXY_WASM_CACHE: join(project.around, "no-cache"),
    };
    const alone = await testIn({ environment }, "--scenarios", ...compiled);
    assert.equal(alone.exitCode, 0, alone.stderr);
    assert.match(alone.stdout, /on the embedded host alone: Envoy is not on this machine, and /);
    assert.match(alone.stdout, /1 scenario on the embedded host: 1 passed/);
    const wanted = await testIn({ environment }, "--scenarios", "--host", "envoy", ...compiled);
    assert.equal(wanted.exitCode, 2);
    assert.match(wanted.stderr, /^Envoy is not on this machine, and .*\n$/);
  });

  test("takes the Envoy that is named, and plays chains with bundled plugins", async () => {
    await project.write({ "scenarios/chain.yaml": chain });
    try {
      const { path } = await findEnvoy();
      const args = ["scenarios/chain.yaml", "--host", "envoy", "--envoy", path, ...compiled];
      const { exitCode, stdout, stderr } = await testIn({ environment: { PATH: "/none" } }, ...args);
      assert.equal(exitCode, 0, stdout + stderr);
      assert.match(stdout, /1 scenario on Envoy: 1 passed/);
    } finally {
      await rm(join(project.folder, "scenarios", "chain.yaml"));
    }
  });

  test("ends with 1, and tells people, programs and CI servers what failed", async () => {
    await project.write({
      "tests/double.spec.ts": specText("aaa"),
      "scenarios/wrong.yaml": right.replace("hihi", "ho"),
    });
    try {
      const junit = join(project.around, "junit.xml");
      const { exitCode, stdout } = await testIn(
        {},
        "--host",
        "embedded",
        "--json",
        "--junit",
        junit,
        ...compiled,
      );
      assert.equal(exitCode, 1);
      const report = JSON.parse(stdout) as {
        passed: number;
        failed: number;
        unitTests: {
          plugin: string;
          failed: number;
          tests: { name: string; passed: boolean; seen: string }[];
        }[];
      };
      assert.deepEqual([report.passed, report.failed], [1, 1]);
      const [unit] = report.unitTests;
      assert.deepEqual([unit?.plugin, unit?.failed], ["greeter", 1]);
      assert.deepEqual(
        unit?.tests.map(({ name, passed, seen }) => [name, passed, seen]),
        [["says it twice", false, '"aa"']],
      );
      const xml = await readFile(junit, "utf8");
      assert.match(xml, /<testsuites tests="3" failures="2" errors="0"/);
      assert.match(
        xml,
        /<testcase classname="greeter\.unit" name="double: says it twice" [^]*expected "aaa"/,
      );
      const people = await testIn({}, "--unit");
      assert.equal(people.exitCode, 1);
      assert.match(
        people.stdout,
        /^FAILED {2}tests\/double\.spec\.ts {2}double: says it twice\n {2}expected {2}"aaa"\n {2}seen {6}"aa"\n\n1 unit test in 1 file: 1 failed, 0 passed/,
      );
    } finally {
      await project.write({ "tests/double.spec.ts": specText("aa") });
      await rm(join(project.folder, "scenarios", "wrong.yaml"));
    }
  });

  test("shows the compiler's words where the plugin does not compile, and plays nothing", async () => {
    await project.write({
      "assembly/double.ts": "export function double(text: string): string {\n  return 1;\n}\n",
    });
    try {
      const { exitCode, stdout, stderr } = await testIn({}, "--host", "embedded");
      assert.equal(exitCode, 1, stdout);
      assert.match(stderr, /ERROR TS2322: Type 'i32' is not assignable to type '~lib\/string\/String'/);
      assert.match(stderr, /nothing was played\n$/);
    } finally {
      await project.write({
        "assembly/double.ts": doubleText,
      });
    }
  });
});

test("tells a wrong use in one sentence, and ends with 2", async () => {
  const bare = join(project.around, "bare");
  await cp(join(project.folder, "package.json"), join(bare, "package.json"));
  await mkdir(join(bare, "assembly"));
  await writeFile(join(bare, "assembly", "index.ts"), "");
  const uses: [string, string[], RegExp][] = [
    [project.around, [], /^no project here: name a plugin, or make one with `apw init`/],
    [
      bare,
      [],
      /^\S+ has neither scenarios \(scenarios\/\*\.yaml\) nor unit tests \(tests\/\*\.spec\.ts\)\n$/,
    ],
    [bare, ["--unit"], /^\S+ has no unit tests: /],
    [project.folder, ["--filter", "nothing"], /^no scenario has "nothing" in its file or name\n$/],
    [project.folder, ["nobody"], /^there is no file, folder or plugin "nobody"\n$/],
    [
      project.folder,
      ["--host", "nginx"],
      /^option '--host <host>' argument 'nginx' is invalid\. Allowed choices/,
    ],
    [project.folder, ["--envoy", "/none"], /^--envoy \/none is not an Envoy that runs here\.\n$/],
    [
      project.folder,
      ["--envoy-version", "latest"],
      /^"latest" is no version of Envoy: write it as \d+\.\d+\.\d+\n$/,
    ],
    [project.folder, ["--unit", "--scenarios"], /^option '--unit' cannot be used with option '--scenarios'/],
    [
      project.folder,
      ["--scenarios", "--host", "embedded", "--junit", "/proc/none/report.xml"],
      /^--junit \/proc\/none\/report\.xml cannot be written: /,
    ],
  ];
  for (const [cwd, args, sentence] of uses) {
    const { exitCode, stderr } = await apwIn({ cwd }, "test", ...args);
    assert.match(stderr, sentence);
    assert.equal(exitCode, 2, args.join(" "));
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});

test("the schema that projects name is where the package has it when it is installed", async () => {
  const [, path = ""] =
    /\$schema=\.\.\/node_modules\/as-proxy-wasm\/dist\/(.*)$/.exec(scenarioSchemaLine) ?? [];
  await readFile(join(root, path));
});
