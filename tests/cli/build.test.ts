import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { EnvoyRefused } from "../../cli/envoy/process.js";
import { make } from "../../cli/project/compile.js";
import { root } from "../../cli/root.js";
import { runProgram } from "../../cli/spawn.js";
import { ProxyWasmHost } from "../../host/index.js";
import { Proxy } from "../envoy/harness.js";
import { apwIn } from "./apw.js";
import { installedProject, sound, source } from "./build-project.js";

interface Built {
  file: string;
  size: number;
  gzipSize: number;
  sha256: string;
  imports: string[];
  callbacks: string[];
  sourceMap: string | null;
  lastBuild: { size: number; sha256: string } | null;
  tried: { name: string; size: number }[];
}

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-build-"))));
after(() => rm(folder, { recursive: true, force: true }));

const project = (name: string, text = sound) => installedProject(join(folder, name), text);

async function built(cwd: string, ...args: string[]): Promise<Built> {
  const { exitCode, stdout, stderr } = await apwIn({ cwd }, "build", "--json", ...args);
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as Built;
}

test("builds a project, keeps the smallest of several modules, and tells the difference to the last build", async () => {
  const cwd = await project("sizes");
  const first = await built(cwd);
  assert.equal(first.file, join(cwd, "build", "mine.wasm"));
  assert.equal(first.size, (await readFile(first.file)).length);
  assert.ok(first.tried.length >= 3);
  assert.equal(first.size, Math.min(...first.tried.map(({ size }) => size)));
  assert.deepEqual(first.callbacks.sort(), [
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_delete",
  ]);
  assert.ok(first.imports.includes("env.proxy_log"));
  assert.equal(first.lastBuild, null);

  await writeFile(join(cwd, "assembly", "index.ts"), source(`config.string("another", "longer greeting");`));
  const { exitCode, stdout } = await apwIn({ cwd }, "build");
  assert.equal(exitCode, 0);
  const now = await readFile(first.file);
  const by = now.length - first.size;
  const said = by === 0 ? "the same" : `${by > 0 ? "\\+" : "-"}${Math.abs(by)} \\(`;
  assert.match(stdout.replaceAll(",", ""), new RegExp(`module +${now.length} +${first.size} +${said}`));
  assert.match(stdout, /sha256 {4}[0-9a-f]{64}\n/);
});

test("two builds at two places give the same bytes, for debugging too", async () => {
  const [here, there] = [await project("here"), await project(join("far", "away", "there"))];
  for (const goal of ["--size", "--debug"]) {
    const [a, b] = [await built(here, goal), await built(there, goal)];
    assert.equal(a.sha256, b.sha256, goal);
    if (goal === "--debug")
      assert.ok(
        (await readFile(a.sourceMap!)).equals(await readFile(b.sourceMap!)),
        "the source maps differ",
      );
  }
});

test("what plain asc, --size and --speed make behaves the same: all of a plugin's scenarios pass", async () => {
  for (const goal of ["plain", "size", "speed"] as const) {
    const file = join(folder, `headers-${goal}.wasm`);
    await make({ cwd: root, entry: "plugins/custom-headers/index.ts", file, goal });
    const { exitCode, output } = await runProgram(
      process.execPath,
      [
        ...["--import", "tsx", "cli/house/scenarios.ts", "--host", "embedded", "--module"],
        `custom-headers=${file}`,
      ],
      { cwd: root },
    );
    assert.equal(exitCode, 0, `${goal}\n${output.slice(-2000)}`);
    assert.match(output, /passed/);
  }
});

test("--speed is no slower than the smallest module by more than noise", async () => {
  const hosts = [];
  for (const goal of ["size", "speed"]) {
    const bytes = await readFile(join(folder, `headers-${goal}.wasm`));
    const pluginConfig = JSON.stringify({ header_name: "x", header_value: "y", response_codes: [200] });
    hosts.push(await ProxyWasmHost.load(bytes, { pluginConfig }));
  }
  const times: number[][] = [[], []];
  const round = async (host: ProxyWasmHost) => {
    const begun = process.cpuUsage();
    for (let i = 0; i < 300; i++) await host.fetch({ path: "/" }, { status: 200 });
    const { user, system } = process.cpuUsage(begun);
    return user + system;
  };
  for (let i = 0; i < 12; i++) for (const [k, host] of hosts.entries()) times[k]!.push(await round(host));
  const [size, speed] = times.map((each) => each.slice(4).sort((a, b) => a - b)[2]!);
  assert.ok(speed! < size! * 1.3, `${speed} against ${size} microseconds`);
});

test("a line of a trap's trace in Envoy leads to the line of the source", async () => {
  const cwd = await project(
    "traps",
    source(`trapping(config.integer("limit", 3, 0, 9));`) +
      "function trapping(limit: i64): void {\n  const list = new Array<i32>(2);\n  list[0] = list[<i32>limit + 5];\n}\n",
  );
  const { file } = await built(cwd, "--debug");
  const refused = await Proxy.start({ filters: [{ code: file, configuration: "{}" }] }).then(
    async (proxy) => proxy.stop(),
    (error: unknown) => error,
  );
  assert.ok(refused instanceof EnvoyRefused);
  const offset = refused.log.lines
    .map((line) => /(0x[0-9a-f]+) - assembly\/index\/trapping/.exec(line)?.[1])
    .find(Boolean);
  assert.ok(offset, refused.log.tail(30));
  const { stdout, exitCode } = await apwIn({ cwd }, "check", file, "--at", offset);
  assert.equal(exitCode, 0);
  const line =
    (await readFile(join(cwd, "assembly", "index.ts"), "utf8"))
      .split("\n")
      .findIndex((text) => text.includes("list[0] =")) + 1;
  assert.match(stdout, new RegExp(`^${offset} +assembly/index\\.ts:${line}:\\d+ +list\\[0\\] = list`));
});

test("builds a plugin of the library into the project that one is in", async () => {
  const cwd = await project("library");
  const { file } = await built(cwd, "hello");
  assert.equal(file, join(cwd, "build", "plugins", "hello.wasm"));
  const { configured } = await ProxyWasmHost.load(await readFile(file));
  assert.ok(configured);
});

suite("apw build leaves the last good module, ends with 1 and says what to do", () => {
  let cwd: string;
  before(async () => {
    cwd = await project("broken");
    await built(cwd);
  });

  async function failing(text: string, asconfig = "as-proxy-wasm/asconfig.json"): Promise<string> {
    const file = join(cwd, "build", "mine.wasm");
    const good = await readFile(file);
    await writeFile(join(cwd, "assembly", "index.ts"), text);
    await writeFile(
      join(cwd, "asconfig.json"),
      asconfig === "" ? "{}" : JSON.stringify({ extends: asconfig }),
    );
    const { exitCode, stderr } = await apwIn({ cwd }, "build");
    assert.equal(exitCode, 1, stderr);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.ok((await readFile(file)).equals(good));
    return stderr;
  }

  test("where the source is wrong, with the compiler's code frame", async () => {
    const said = await failing(source(`config.nothing("a");`));
    assert.match(said, /ERROR TS2339: Property 'nothing' does not exist/);
    assert.match(said, /│ config\.nothing\("a"\);/);
    assert.match(said, /└─ in assembly\/index\.ts\(4,12\)/);
  });

  test("where it uses what AssemblyScript has not", async () => {
    assert.match(await failing(source(`try { } catch (e) { }`)), /AssemblyScript has no exceptions/);
    assert.match(await failing(source(`fetch("a");`)), /dispatchHttpCall/);
  });

  test("without the options of the package", async () => {
    assert.match(
      await failing(sound, ""),
      /put "extends": "as-proxy-wasm\/asconfig\.json" into asconfig\.json/,
    );
  });

  test("with an asconfig.json that names what is not there", async () => {
    assert.match(
      await failing(sound, "as-proxy-wasm/other.json"),
      /asconfig\.json names a file that it does not have/,
    );
  });

  test("where no host would load what it compiles to", async () => {
    const imported = `@external("env", "nowhere") declare function nowhere(): void;\n`;
    assert.match(
      await failing(imported + source("nowhere();")),
      /no host would load it:\n +env\.nowhere is imported/,
    );
  });
});

suite("apw build says in one sentence what is wrong with its words:", () => {
  let cwd: string;
  before(async () => {
    cwd = await project("words");
    await writeFile(join(cwd, "file.wasm"), Buffer.from("0061736d01000000", "hex"));
  });

  async function refused(args: string[], said: RegExp, where = cwd): Promise<void> {
    const { exitCode, stderr } = await apwIn({ cwd: where }, "build", ...args);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, said);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }

  test("no project", () => refused([], /^no project here: .*apw init/, folder));
  test("a folder without a source", async () => {
    await mkdir(join(folder, "bare"));
    await writeFile(join(folder, "bare", "package.json"), "{}");
    await refused([join(folder, "bare")], /needs a package\.json and an assembly\/index\.ts/);
  });
  test("a project that is not installed", async () => {
    const bare = await project("uninstalled");
    await rm(join(bare, "node_modules"), { recursive: true });
    await refused([], /The compiler is not installed in .*: run npm install there/, bare);
  });
  test("a plugin that nearly is one", () => refused(["basic-auht"], /did you mean basic-auth\?/));
  test("a plugin that is none", () => refused(["nothing-alike"], /there are basic-auth, cache, /));
  test("a compiled module", () => refused(["file.wasm"], /is compiled already/));
  test("an output below a file", () =>
    refused(["--output", "package.json/x.wasm"], /where a folder is needed/));
  test("an output where nobody may write", () =>
    refused(["--output", "/proc/x.wasm"], /(there is no|no permission for) /));
  test("an output that is neither", () =>
    refused(["--output", "nowhere"], /neither a folder that exists nor a name that ends in \.wasm/));
  test("--size with --speed", () => refused(["--size", "--speed"], /cannot be used with/));
  test("--watch with --json", () => refused(["--watch", "--json"], /do not go together/));
  test("nothing is left behind", () => assert.ok(!existsSync(join(cwd, "build", "mine.wasm"))));
});
