import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { TracedCall } from "../../cli/call/recorder.js";
import { compilePlugin } from "../../cli/compile.js";
import { testModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { callerModules } from "../scenarios/caller.js";
import { Upstream } from "../../cli/upstream.js";
import { apw, refuseAll } from "./apw.js";

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-call-"))));
after(() => rm(folder, { recursive: true, force: true }));

interface Called {
  response: { status: number; headers: [string, string][]; body: string } | null;
  upstream: { method: string; path: string; authority: string; headers: [string, string][]; body: string }[];
  clusters: { cluster: string; path: string }[];
  log: { level: string; text: string }[];
  trace?: TracedCall[];
}

async function called(...args: string[]): Promise<Called> {
  const { exitCode, stdout, stderr } = await apw("call", ...args, "--json");
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as Called;
}

const valueOf = (fields: [string, string][], name: string) => fields.find(([field]) => field === name)?.[1];

const configured = (value: string) =>
  JSON.stringify({ header_name: "x-out", header_value: value, response_codes: [200, 404] });

for (const host of ["embedded", "envoy"]) {
  test(`sends what it is told and shows both sides, on ${host}`, async () => {
    const { response, upstream } = await called(
      ...["custom-headers", "http://shop.example/a?b=c", "-X", "PUT", "-H", "x-in: ü", "-d", '{"a":1}'],
      ...["--config", configured("é {request.path}"), "--host", host],
      ...["--upstream-status", "404", "--upstream-header", "x-up: ö", "--upstream-body", "gone"],
    );
    assert.deepEqual(
      [
        response?.status,
        response?.body,
        valueOf(response!.headers, "x-out"),
        valueOf(response!.headers, "x-up"),
      ],
      [404, "gone", "é /a?b=c", "ö"],
    );
    const [seen] = upstream;
    assert.deepEqual(
      [upstream.length, seen?.method, seen?.path, seen?.authority, seen?.body],
      [1, "PUT", "/a?b=c", "shop.example", '{"a":1}'],
    );
    assert.equal(valueOf(seen!.headers, "x-in"), "ü");
    assert.equal(valueOf(seen!.headers, "content-type"), "application/json");
  });
}

test("passes requests and calls of the plugin on to real services, and shows what they got", async () => {
  const upstream = await Upstream.start(({ path }) => ({
    headers: { "x-from": "real" },
    body: `got ${path}`,
  }));
  const auth = await Upstream.start(() => ({
    headers: { "content-type": "application/json" },
    body: '{"allowed": true}',
  }));
  try {
    const config = join(folder, "auth.yaml");
    await writeFile(config, "auth_cluster: auth\nauth_path: /check\n");
    const { response, clusters } = await called(
      ...["ext-auth", "/x", "--config", config, "--upstream", `http://127.0.0.1:${upstream.port}`],
      ...["--cluster", `auth=http://127.0.0.1:${auth.port}`],
    );
    assert.deepEqual([response?.status, response?.body], [200, "got /x"]);
    assert.equal(valueOf(response!.headers, "x-from"), "real");
    assert.deepEqual(
      clusters.map(({ cluster, path }) => [cluster, path]),
      [["auth", "/check"]],
    );
    assert.equal(auth.requests.length, 1);
  } finally {
    await Promise.all([upstream.stop(), auth.stop()]);
  }
});

suite("the trace", () => {
  const all = (calls: readonly TracedCall[]): TracedCall[] =>
    calls.flatMap((call) => [call, ...all(call.calls)]);

  test("has every callback and hostcall in its place, with arguments, results, statuses and times", async () => {
    const { trace = [] } = await called("rate-limit", "--config", '{"requests_per_second": 1}', "--trace");
    const names = trace.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 3), ["_initialize", "proxy_on_context_create", "proxy_on_configure"]);
    assert.equal(names.filter((name) => name === "proxy_on_configure").length, 1, "one VM alone");
    const configure = trace[2]!;
    assert.equal(configure.outcome, "true");
    const [read] = configure.calls;
    assert.equal(read?.name, "proxy_get_buffer_bytes");
    assert.deepEqual(read.arguments, { buffer: "plugin configuration", start: 0, max: 26 });
    assert.deepEqual(read.results, { bytes: '{"requests_per_second": 1}' });
    assert.deepEqual(
      read.calls.map(({ kind, name, arguments: given }) => [kind, name, given]),
      [["callback", "proxy_on_memory_allocate", { size: 26 }]],
    );
    const request = trace.find(({ name }) => name === "proxy_on_request_headers")!;
    assert.equal(request.outcome, "Continue");
    const absent = request.calls.find(({ name }) => name === "proxy_get_shared_data")!;
    assert.deepEqual([absent.outcome, absent.results], ["not found", {}]);
    for (const call of all(trace)) {
      const inner = call.calls.reduce((sum, { took }) => sum + took, 0);
      assert.ok(call.own >= 0 && Math.abs(call.took - call.own - inner) < 1, `${call.name} ${call.took}`);
      for (const within of call.calls) {
        assert.ok(within.at >= call.at - 1, within.name);
        assert.ok(within.at + within.took <= call.at + call.took + 50, within.name);
      }
    }
  });

  test("is a tree for people, and shows where a plugin trapped", async () => {
    const shown = await apw("call", await callerModules.file("caller"), "/", "--trace");
    assert.match(shown.stdout, /^ +at +took +own {2}µs\n/);
    assert.match(
      shown.stdout,
      /\n +[\d.]+ +[\d.]+ +[\d.]+ {2}proxy_on_request_headers context=2 count=\d end=1 → Continue\n[^\n]* {2}├─ proxy_/,
    );
    const trapped = await apw("call", await callerModules.file("caller"), "/trap", "--trace");
    assert.match(trapped.stdout, /proxy_on_request_headers .* RuntimeError: unreachable/);
    assert.match(trapped.stdout, /the client got\n {2}503/);
  });
});

test("speaks bytes with TCP plugins", async () => {
  const { file } = await compilePlugin(
    join(root, "cli", "init", "templates", "tcp", "assembly"),
    join(testModules, "tcp"),
  );
  const { exitCode, stdout } = await apw(
    "call",
    file,
    "-d",
    "ping",
    "--upstream-body",
    "pong",
    "--root-id",
    "tcp",
    "--json",
  );
  assert.equal(exitCode, 0);
  const found = JSON.parse(stdout) as { upstream: object; client: object; log: { text: string }[] };
  assert.deepEqual([found.upstream, found.client], [{ body: "ping" }, { body: "pong" }]);
  assert.ok(found.log.some(({ text }) => text === "connection over: 4 bytes in, 4 out"));
  const refuse = ["--config", '{"refuse": ["SSH-"]}', "--root-id", "tcp"];
  const closed = await apw("call", file, "-d", "SSH-2.0", ...refuse);
  assert.match(closed.stdout, /the upstream got +nothing[^]*the plugin closed the connection/);
});

test("ends with 1 when the plugin refuses its configuration, in the plugin's words", async () => {
  const { exitCode, stderr } = await apw(
    "call",
    await callerModules.file("caller"),
    "--config",
    '{"strict_mode": true, "nobody": 1}',
  );
  assert.equal(exitCode, 1, stderr);
  assert.match(stderr, /^the plugin caller refuses its configuration\n.*nobody/);
});

test("tells a wrong use in one sentence, and ends with 2", async () => {
  for (const [name, text] of [
    ["empty.wasm", ""],
    ["text.wasm", "hello"],
    ["short.wasm", "\0asm\x01\0\0\0\x01\x7f"],
    ["empty.yaml", "\n"],
    ["bad.yaml", "a: ["],
  ] as const)
    await writeFile(join(folder, name), text);
  const uses: [string[], RegExp][] = [
    [["hello", "a"], /^"a" is no path: it begins with \/ \(or is a URL\)\n$/],
    [["nothing"], /^there is no file or folder nothing, and no bundled plugin/],
    [["hello", "-H", "a"], /^-H "a" is no header: write it as 'name: value'\n$/],
    [["hello", "-d", "@/none"], /^-d: there is no file \/none\n$/],
    [["hello", "-d", "@/tmp"], /^-d: \/tmp is a folder, where a file is needed\n$/],
    [["hello", "-d", "@"], /^-d names no file: write its name behind the @\n$/],
    [["hello", "http://"], /^"http:\/\/" is no path/],
    [["/none/x.wasm"], /^there is no \/none\/x\.wasm: apw build makes/],
    [[join(folder, "empty.wasm")], /empty\.wasm is empty: was its build cut short\?\n$/],
    [[join(folder, "text.wasm")], /text\.wasm is no WebAssembly module: it is text/],
    [
      [join(folder, "short.wasm")],
      /short\.wasm is not a WebAssembly module: .*: was its build or its download cut short\?\n$/,
    ],
    [["hello", "--config", ""], /^--config is empty: write '\{\}', or the name of a file\n$/],
    [["hello", "--config", folder], /^--config: .* is a folder, where a file is needed\n$/],
    [["hello", "--config", join(folder, "empty.yaml")], /empty\.yaml is empty: write \{\}/],
    [["hello", "--config", join(folder, "bad.yaml")], /bad\.yaml is not YAML: .*[^:]\n$/],
    [["hello", "--cluster", "a=http://x", "--cluster", "a=http://y"], /^--cluster a was given twice/],
    [["hello", "--cluster", "a=grpc://x:1"], /apw call has HTTP\/1\.1 alone; apw run has gRPC\n$/],
    [["hello", "-X", "a b"], /^-X "a b" is no method of HTTP\n$/],
    [["hello", "--upstream-status", "9"], /A status is a number from 200 to 599/],
    [["hello", "--cluster", "a"], /^--cluster a is not of the form name=url: write --cluster/],
    [["hello", "--upstream", "http://a", "--upstream-body", "x"], /^--upstream asks a service/],
    [["hello", "--trace", "--host", "envoy"], /^--trace is of the embedded host/],
    [["hello", "--host", "envoy", "--envoy", "/none"], /^--envoy \/none is not an Envoy that runs here\.\n$/],
  ];
  await refuseAll(uses.map(([words, says]) => [["call", ...words], says] as const));
});
