import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { attempts } from "../../cli/check/attempts.js";
import { compilePlugin } from "../../cli/compile.js";
import { pluginModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { pluginWat, wat } from "../support/wat.js";
import { apw, apwIn, refuseAll } from "./apw.js";

interface Checked {
  file: string;
  loads: boolean;
  accepts: boolean;
  crashes: boolean;
  hangs: boolean;
  findings: { level: string; text: string; remedy?: string }[];
  callbacks: string[];
  features: string[] | null;
  contents: Record<string, number>;
  envoy?: { taken: boolean; crashed: boolean; version: string; words: string[] };
}

const foreign = (language: string) => join(root, "tests", "foreign", "fixtures", language, "foreign.wasm");

let folder: string;
let hello: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-check-"));
  hello = (await compilePlugin(join(root, "plugins", "hello"), pluginModules)).file;
});
after(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

const checked = async (...args: string[]): Promise<Checked> =>
  JSON.parse((await apw("check", ...args, "--json")).stdout) as Checked;

const faults = ({ findings }: Checked) => findings.filter(({ level }) => level === "fault");

suite("apw check and a real Envoy give the same verdict on", () => {
  let names: string[];
  let all: Checked[];
  before(async () => {
    const mutants = join(root, "tests", "cli", "mutants.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [mutants, folder, hello]);
    names = JSON.parse(stdout) as string[];
    const files = names.map((_, i) => join(folder, `${i}.wasm`));
    const { stdout: said, stderr } = await apw("check", "--json", "--envoy", "--", ...files);
    assert.ok(said !== "", stderr);
    all = JSON.parse(said) as Checked[];
  });

  test("a hundred modules, of which many are taken and many are not", () => {
    assert.equal(all.length, names.length);
    const taken = all.filter(({ envoy }) => envoy!.taken).length;
    assert.ok(taken >= 30 && all.length - taken >= 60, `${taken} of ${all.length} are taken`);
    const different = all.flatMap(({ accepts, crashes, findings, envoy }, i) => {
      if (accepts === envoy!.taken && crashes === envoy!.crashed) return [];
      return [`${names[i]}: ${JSON.stringify({ accepts, crashes, findings, envoy })}`];
    });
    assert.deepEqual(different, []);
  });

  test("why they are refused, each with a reason, and with the way out where there is one", () => {
    for (const [i, judged] of all.entries()) {
      const refuses = /refuses$/.test(names[i]!);
      if (!judged.accepts && !refuses) assert.ok(faults(judged).length > 0, names[i]);
      for (const { text, remedy } of faults(judged)) {
        if (!/^(traps|Function: )/.test(text)) assert.ok(remedy !== undefined && remedy.length > 5, text);
      }
    }
  });

  test("where they are refused: as they load, or as they start", () => {
    for (const [i, { loads, accepts, envoy }] of all.entries()) {
      if (accepts) continue;
      const isStarted = envoy!.words.some((line) => /Failed to (start|configure) base Wasm/.test(line));
      assert.equal(loads, isStarted, names[i]);
    }
  });
});

test("says of modules of other SDKs what Envoy says", async () => {
  const files = [foreign("rust"), foreign("assemblyscript")];
  const { stdout, exitCode } = await apw(
    "check",
    "--json",
    "--envoy",
    "--root-id",
    "foreign",
    "--",
    ...files,
  );
  const judged = JSON.parse(stdout) as Checked[];
  for (const { file, accepts, envoy } of judged)
    assert.deepEqual([accepts, envoy!.taken], [true, true], file);
  assert.equal(exitCode, 0);
  const refused = await apw(
    "check",
    "--json",
    "--envoy",
    "--config",
    "refuse",
    "--root-id",
    "foreign",
    ...files,
  );
  assert.equal(refused.exitCode, 2, "a configuration that is no JSON names a file");
  const refusing = await written("refuse.txt", "refuse");
  const both = await apw(
    "check",
    "--config",
    refusing,
    "--root-id",
    "foreign",
    "--json",
    "--envoy",
    "--",
    ...files,
  );
  for (const { accepts, envoy } of JSON.parse(both.stdout) as Checked[])
    assert.deepEqual([accepts, envoy!.taken], [false, false]);
  assert.equal(both.exitCode, 1);
});

test("wants the root id that a module asks for, and is content with it", async () => {
  const without = await checked(foreign("assemblyscript"), "--envoy");
  assert.deepEqual([without.loads, without.accepts, without.envoy!.taken], [true, false, false]);
  assert.match(without.findings[0]!.text, /wants a root id/);
  assert.match(without.findings[0]!.remedy!, /--root-id/);
});

test("tells a person what is well and what is not, with the way out", async () => {
  const bad = await written(
    "bad.wasm",
    await pluginWat("", `(import "env" "abort" (func (param i32 i32 i32 i32)))`),
  );
  const { stdout, exitCode } = await apw("check", hello, bad);
  assert.equal(exitCode, 1);
  const [good, refused] = stdout.split("\n\n");
  assert.match(good!, /hello\.wasm: Envoy loads it\n/);
  assert.match(good!, /ok {2}speaks ABI 0\.2\.1\n/);
  assert.match(good!, /Envoy calls context_create, response_headers, delete\n/);
  assert.match(good!, /6,\d{3} bytes \(gzip 3,\d{3} bytes\): code [\d,]+, data \d+, rest \d+; \d+ functions/);
  assert.match(
    refused!,
    /bad\.wasm: Envoy refuses it because it imports env\.abort, which Envoy does not have\n/,
  );
  assert.match(
    refused!,
    / x {2}Failed to load Wasm module due to a missing import: env\.abort\n {6}-> abort is not aliased; .*"extends"/,
  );
  assert.equal((await apw("check", hello)).exitCode, 0);
});

suite("apw check warns of what Envoy puts up with:", () => {
  const cases: [string, string, RegExp][] = [
    [
      "a callback that is spelt wrong",
      `(func (export "proxy_on_request_header") (param i32 i32 i32) (result i32) (i32.const 0))`,
      /did you mean proxy_on_request_headers\?/,
    ],
    [
      "a callback of other drafts",
      `(func (export "proxy_on_http_response_headers"))`,
      /did you mean proxy_on_response_headers\?/,
    ],
    [
      "a callback in the first drafts' case",
      `(func (export "_proxy_onTick"))`,
      /did you mean proxy_on_tick\?/,
    ],
    ["two markers", `(func (export "proxy_abi_version_0_1_0"))`, /has several markers/],
    ["a start section", `(func $s) (start $s)`, /has a start section.*crashes Envoy/],
    [
      "_start beside _initialize",
      `(func (export "_start")) (func (export "_initialize"))`,
      /_start, which is not called/,
    ],
  ];
  let all: Checked[];
  before(async () => {
    const files = [];
    for (const [i, [, fields]] of cases.entries())
      files.push(await written(`odd${i}.wasm`, await pluginWat(fields)));
    all = JSON.parse((await apw("check", "--json", "--", ...files)).stdout) as Checked[];
  });
  for (const [i, [name, , said]] of cases.entries()) {
    test(name, () => {
      const judged = all[i]!;
      assert.deepEqual([judged.loads, judged.accepts], [true, true]);
      assert.deepEqual(faults(judged), []);
      const warnings = judged.findings.filter(({ level }) => level === "warning");
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!.text, said);
    });
  }
});

test("says that Envoy crashes at a hostcall in the start section, as it does", async () => {
  const crashing = await pluginWat(
    `(func $s (drop (call $log (i32.const 2) (i32.const 0) (i32.const 0)))) (start $s)`,
    `(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))`,
  );
  const judged = await checked(await written("crashing.wasm", crashing), "--envoy");
  assert.deepEqual([judged.crashes, judged.envoy!.crashed], [true, true]);
});

test("says that a module without a memory must not be given to Envoy, which loads it", async () => {
  const without = await wat(
    `(module (func (export "proxy_abi_version_0_2_1")) (func (export "malloc") (param i32) (result i32) (i32.const 0)))`,
  );
  const judged = await checked(await written("no-memory.wasm", without));
  assert.deepEqual([judged.loads, judged.accepts], [true, true]);
  assert.match(faults(judged)[0]!.text, /exports no memory: Envoy loads it, and crashes/);
});

test("gives up on a module that never returns from its start, and judges the next all the same", async () => {
  const file = await written(
    "endless.wasm",
    await pluginWat(`(func (export "_initialize") (loop $l (br $l)))`),
  );
  const outcomes = await attempts([{ file }, { file: hello }], 4000);
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["endless", "configured"],
  );
});

test("says what of a module is code, data and names, and what it uses", async () => {
  const bytes = await readFile(foreign("rust"));
  const { contents, features } = await checked(foreign("rust"));
  const { functions, ...sizes } = contents;
  assert.equal(
    Object.values(sizes).reduce((sum, size) => sum + size, 0),
    bytes.length,
  );
  assert.ok(functions! > 100);
  assert.deepEqual(features, ["bulk memory", "sign extension"]);
});

suite("apw check says in one sentence what is wrong with its words:", () => {
  const cases: [string, () => Promise<string[]>, RegExp][] = [
    ["a missing file", async () => [join(folder, "nothing.wasm")], /^there is no .*nothing\.wasm\n$/],
    ["a folder", async () => [folder], /is a folder: name the module in it/],
    ["an empty file", async () => [await written("empty.wasm", "")], /is empty/],
    [
      "a compressed module",
      async () => [await written("x.wasm.gz", gzipSync("x"))],
      /compressed with gzip: unpack it/,
    ],
    ["text form", async () => [await written("x.wat", "(module)")], /WebAssembly's text form/],
    [
      "a source",
      async () => [join(root, "plugins", "hello", "index.ts")],
      /is text: name the compiled module/,
    ],
    ["JSON", async () => [join(root, "package.json")], /is JSON/],
    ["a page", async () => [await written("x.html", "<!DOCTYPE html>")], /is a web page/],
    ["a program", async () => [process.execPath], /is a native program/],
    [
      "a pointer of Git LFS",
      async () => [await written("lfs.wasm", "version https://git-lfs.github.com/spec/v1\n")],
      /git lfs pull/,
    ],
    [
      "no Envoy at --envoy",
      async () => [hello, "--envoy", process.execPath],
      /--envoy .* is not an Envoy that runs here/,
    ],
    ["no module", async () => [], /missing required argument 'wasm'/],
    ["an offset that is none", async () => [hello, "--at", "there"], /--at there is no offset/],
    [
      "a source map that is none",
      async () => {
        await written("odd.wasm.map", "{}");
        return [await written("odd.wasm", await readFile(hello)), "--at", "0x10"];
      },
      /odd\.wasm\.map is no source map: build the module again with apw build --debug/,
    ],
    [
      "a folder as the configuration",
      async () => [hello, "--config", folder],
      /^--config: .* is a folder, where a file is needed\n$/,
    ],
    [
      "a log without a trap",
      async () => [hello, "--at", `@${await written("quiet.log", "nothing\n")}`],
      /--at @.*quiet\.log is no trace of a trap/,
    ],
    [
      "an offset without a source map",
      async () => [hello, "--at", "0x10"],
      /no source map beside it: build it with apw build --debug/,
    ],
  ];
  test("each is told in one sentence", async () => {
    const uses = [];
    for (const [, args, said] of cases) uses.push([["check", ...(await args())], said] as const);
    await refuseAll(uses);
  });

  test("a trap of a module without names is repeated below the sentence", async () => {
    const trap = "Function: proxy_on_tick failed: Uncaught RuntimeError: unreachable";
    const says =
      /a trap without a trace: the module that trapped has no names\. Run one that apw build --debug made\n {2}proxy_on_tick: RuntimeError: unreachable\n$/;
    await refuseAll([[["check", hello, "--at", trap], says]], { lines: 2 });
  });

  test("no Envoy on the machine", async () => {
    const environment = { PATH: folder, ENVOY: undefined, AS_PROXY_WASM_CACHE: join(folder, "cache") };
    const { exitCode, stderr } = await apwIn({ environment }, "check", hello, "--envoy");
    assert.equal(exitCode, 2);
    assert.match(stderr, /Envoy is not on this machine, and neither is Python 3/);
  });

  test("a file that may not be read", async (t) => {
    const file = await written("secret.wasm", await readFile(hello));
    await chmod(file, 0);
    const readable = await readFile(file).then(
      () => true,
      () => false,
    );
    if (readable) return t.skip("whoever runs this may read everything");
    const { exitCode, stderr } = await apw("check", file);
    assert.equal(exitCode, 2);
    assert.match(stderr, /no permission for .*secret\.wasm/);
  });
});
