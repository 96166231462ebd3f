import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { request } from "../../cli/request.js";
import { plugin } from "../envoy/harness.js";
import { refuseAll } from "./apw.js";
import { greeter, runApw, type StartOptions, withProject, withRun } from "./run-harness.js";

const helloModule = await plugin("hello");

/** Neither Envoy nor anything to download one with. */
const noEnvoy = { ENVOY: "", PATH: "/nowhere", AS_PROXY_WASM_CACHE: "/nowhere/cache" };

/** One sentence with the way out, nothing of the code, and exit code 2. */
async function assertWrongUse(words: string[], said: RegExp, options?: StartOptions): Promise<void> {
  const { code, stderr, stdout } = await runApw(["run", ...words], options);
  assert.match(stderr, said);
  assert.doesNotMatch(stderr, /^\s+at |node:internal|at fault/m);
  assert.equal(code, 2, `${stdout}${stderr}`);
}

describe("apw run, used in the wrong way", { concurrency: 2 }, () => {
  const cases: [string, string[], RegExp, StartOptions?][] = [
    [
      "a plugin that is not there",
      ["helo"],
      /no file or folder helo, and no bundled plugin of that name: did you mean hello\?/,
    ],
    [
      "no project around",
      [],
      /no project here: name a plugin, or make one with `apw init`/,
      { cwd: tmpdir() },
    ],
    [
      "a bad host",
      ["hello", "--host", "nginx"],
      /--host nginx is not known: there are auto, envoy, embedded/,
    ],
    ["a misspelt level", ["hello", "--log-level", "debgu"], /did you mean debug\?/],
    [
      "a cluster without a name",
      ["hello", "--cluster", "localhost:1"],
      /--cluster localhost:1 is not of the form name=url/,
    ],
    [
      "a cluster without a port",
      ["hello", "--cluster", "a=localhost"],
      /--cluster a: localhost names no port/,
    ],
    [
      "an upstream with a path",
      ["hello", "--upstream", "http://a:1/b"],
      /has a path.* name the service alone, http:\/\/a:1/,
    ],
    [
      "an upstream of another kind",
      ["hello", "--upstream", "ftp://a"],
      /ftp:\/\/ is not known here: write http:\/\/host:port/,
    ],
    ["a port that is none", ["hello", "--port", "x"], /--port x is no port/],
    ["an address that is none", ["hello", "--address", "here"], /--address here is no IP address/],
    [
      "one port for both",
      ["hello", "--port", "18001", "--admin-port", "18001"],
      /--port and --admin-port are both 18001: they need one each/,
    ],
    [
      "gRPC to the upstream on the embedded host",
      ["hello", "--host", "embedded", "--upstream", "grpc://localhost:1"],
      /speaks HTTP\/1\.1 only to the upstream: leave --host embedded out/,
    ],
    [
      "a root id of several plugins",
      ["hello", "hello", "--root-id", "x"],
      /--root-id x is of one plugin, and there are 2/,
    ],
    ["no configuration at all", ["hello", "--config", ""], /--config is empty: write '\{\}'/],
    [
      "a folder for a configuration",
      ["hello", "--config", `@${tmpdir()}`],
      /is a folder, where a file is needed/,
    ],
    ["a module that is not there", ["no.wasm"], /^there is no no\.wasm: apw build makes/],
    ["a folder without a project", [tmpdir()], /is no project: it needs a package\.json/],
    ["workers that are none", ["hello", "--concurrency", "0"], /write one from 1 to 64/],
    ["a version of Envoy that is none", ["hello", "--envoy-version", "new"], /"new" is no version of Envoy/],
    ["a variable without a value", ["hello", "--env", "x"], /--env x is not of the form NAME=value/],
    [
      "a configuration that is no JSON",
      ["hello", "--config", "{a: 1}"],
      /--config of hello is not JSON: .*the shell takes quotes away/,
    ],
    [
      "a configuration that is not there",
      ["hello", "--config", "@nope.json"],
      /--config names nope\.json, and there is no such file/,
    ],
    [
      "a configuration for nobody",
      ["hello", "--config", "halo={}"],
      /--config halo=\.\.\.: no plugin of that name runs: there is hello/,
    ],
    [
      "one of several without a name",
      ["hello", "hello", "--config", "{}"],
      /which plugin is it for\? Write --config hello=\.\.\. \(there are hello, hello-2\)/,
    ],
    [
      "a configuration against the schema",
      ["custom-headers", "--config", '{"header_name": 1, "header_value": "x"}'],
      /is not what custom-headers takes:\n {2}header_name is the number 1, where string is needed/,
    ],
    [
      "a configuration that is missing",
      ["custom-headers"],
      /custom-headers needs a configuration \(--config\):/,
    ],
    ["an Envoy that is none", ["hello", "--envoy", "/bin/true"], /\/bin\/true/],
    [
      "no Envoy where one is wanted",
      ["hello", "--host", "envoy"],
      /Envoy .*\nWithout Envoy: --host embedded/,
      { environment: noEnvoy },
    ],
  ];
  // Where nothing of the surroundings is special, they share a process.
  const plain = cases.filter(([, , , options]) => options === undefined);
  test("each in one process, which says what is wrong", () =>
    refuseAll(
      plain.map(([, words, said]) => [["run", ...words], said] as const),
      { lines: 4 },
    ));
  for (const [name, words, said, options] of cases)
    if (options !== undefined) test(name, () => assertWrongUse(words, said, options));

  test("a port that is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await assertWrongUse(
        [helloModule, "--port", String(port)],
        new RegExp(`^port ${port} is taken by another program: choose another with --port, or --port 0`),
      );
    } finally {
      server.close();
    }
  });

  test("no place for the module", () =>
    withProject({ "assembly/index.ts": greeter("x"), build: "a file" }, (folder) =>
      assertWrongUse([], /build is in the way/, { cwd: folder }),
    ));

  test("a file that is no module, and one of another WebAssembly", async () => {
    const folder = await mkdtemp(join(tmpdir(), "apw-run-test-"));
    try {
      const [text, other] = [join(folder, "text.wasm"), join(folder, "other.wasm")];
      await writeFile(text, "hello");
      await writeFile(other, Buffer.from("0061736d01000000", "hex"));
      await assertWrongUse([text], /text\.wasm is no WebAssembly module: it is text/);
      const { code, stderr } = await runApw(["run", other]);
      assert.match(stderr, /no host would load other:\n.*ABI/);
      assert.equal(code, 1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("apw run, with a plugin that is at fault", { concurrency: 2 }, () => {
  test("shows the compiler's error, and ends with 1", async () => {
    const files = { "assembly/index.ts": greeter("x").replace("HeadersAction.Continue", "nothing") };
    await withProject(files, async (folder) => {
      const { code, stderr } = await runApw(["run", "--watch"], { cwd: folder });
      assert.match(stderr, /Cannot find name 'nothing'/);
      assert.equal(code, 1);
    });
  });

  for (const host of ["envoy", "embedded"])
    test(`says in the plugin's words why it refuses its configuration, on ${host}`, async () => {
      const module = await plugin("custom-headers");
      const words = ["run", module, "--host", host, "--port", "0", "--admin-port", "0"];
      const { code, stderr, stdout } = await runApw([...words, "--config", '{"header_name": "x-a"}']);
      assert.match(stderr, /^custom-headers was refused:\n {2}header_value: is required\n$/);
      assert.doesNotMatch(stdout + stderr, /vm_config|source\/extensions/);
      assert.equal(code, 1);
    });
});

test("apw run takes the embedded host where there is no Envoy, and says so", () =>
  withRun([helloModule], { environment: noEnvoy }, async (run) => {
    assert.equal(run.ready.host, "embedded");
    const note = await run.event("note");
    assert.match(note.message, /This runs on the embedded host\./);
    const response = await request(run.port, { path: "/x" });
    assert.equal(response.headers.get("hello"), "world");
  }));
