import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { findEnvoy } from "../../cli/envoy/find.js";
import { request } from "../../cli/request.js";
import { readConfiguration, readSources } from "../../cli/words/configuration.js";
import { authorityOf, readEndpoint, rewrittenHost } from "../../cli/words/endpoint.js";
import { Upstream } from "../../cli/upstream.js";
import { root } from "../../cli/root.js";
import { plugin } from "../envoy/harness.js";
import { runApw } from "./run-harness.js";

const folder = await mkdtemp(join(tmpdir(), "apw-run-config-"));
after(() => rm(folder, { recursive: true, force: true }));

/** Starts Envoy with nothing but a file, and comes back with where it listens. */
async function plainEnvoy(file: string, use: (port: number) => Promise<void>): Promise<void> {
  const admin = join(folder, "admin");
  const words = [
    "-c",
    file,
    "--admin-address-path",
    admin,
    "--use-dynamic-base-id",
    "--log-level",
    "warning",
  ];
  const child = spawn((await findEnvoy()).path, words, { stdio: ["ignore", "ignore", "pipe"] });
  const closed = new Promise((resolve) => child.once("close", resolve));
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  try {
    for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
      const address = (await readFile(admin, "utf8").catch(() => "")).trim();
      const listeners = await fetch(`http://${address}/listeners?format=json`).then(
        (response) => response.text(),
        () => "",
      );
      const port = /"port_value": ?(\d+)/.exec(listeners)?.[1];
      if (port !== undefined) return await use(Number(port));
      assert.ok(Date.now() < deadline && child.exitCode === null, log);
    }
  } finally {
    child.kill("SIGTERM");
    await closed;
  }
}

test("--print-config writes a bootstrap that a plain Envoy starts with, in YAML with comments and in JSON", async () => {
  const upstream = await Upstream.start();
  try {
    const words = [
      ...["run", await plugin("hello"), await plugin("custom-headers"), "--print-config"],
      ...["--config", 'custom-headers={"header_name": "x-a", "header_value": "ü"}'],
      ...["--port", "0", "--admin-port", "0", "--upstream", `http://127.0.0.1:${upstream.port}`],
      ...["--cluster", "outbound|80||auth.svc=http://localhost:8081", "--env", "A=b"],
    ];
    const [yaml, json] = await Promise.all([runApw(words), runApw([...words, "--json"])]);
    assert.deepEqual([yaml.code, json.code], [0, 0], yaml.stderr + json.stderr);
    assert.deepEqual(parse(yaml.stdout), JSON.parse(json.stdout));
    assert.match(yaml.stdout, /# hello, a filter of HTTP requests/);
    assert.match(
      yaml.stdout,
      /# A service that plugins call by this name\.\n +- name: outbound\|80\|\|auth\.svc/,
    );
    const file = join(folder, "envoy.yaml");
    await writeFile(file, yaml.stdout);
    await plainEnvoy(file, async (port) => {
      const { status, headers, text } = await request(port, { path: "/" });
      assert.deepEqual([status, headers.get("hello"), headers.bytes("x-a")?.toString()], [200, "world", "ü"]);
      assert.equal(text, "ok");
    });
  } finally {
    await upstream.stop();
  }
});

test("--print-config without an upstream has Envoy answer, and it says so", async () => {
  const words = ["run", await plugin("hello"), "--print-config", "--port", "0", "--admin-port", "0"];
  const { stdout, code } = await runApw(words);
  assert.equal(code, 0);
  assert.match(stdout, /# No --upstream was named, so Envoy itself answers\./);
  const file = join(folder, "direct.yaml");
  await writeFile(file, stdout);
  await plainEnvoy(file, async (port) => {
    const { status, headers } = await request(port, { path: "/" });
    assert.deepEqual([status, headers.get("hello")], [200, "world"]);
  });
});

describe("a configuration", () => {
  const custom = {
    name: "custom-headers",
    schema: join(root, "plugins", "custom-headers", "config.schema.json"),
  };

  test("comes from text, a file, or YAML, and keeps its numbers as they were written", async () => {
    const file = join(folder, "c.yaml");
    await writeFile(file, "header_name: x-a\nheader_value: '1'\n");
    const read = (value: string) =>
      readConfiguration(custom, readSources([value], ["custom-headers"]).get("custom-headers"));
    const text = '{"header_name":"x-a","header_value":"1"}';
    for (const value of [text, `custom-headers=${text}`, `@${file}`, file])
      assert.equal((await read(value)).text, text);
    const plain = { name: "other", schema: null };
    const long = '{"id": 12345678901234567890}';
    assert.equal((await readConfiguration(plain, { text: long })).text, long);
  });

  test("with keys that nobody knows is taken with a warning", async () => {
    const text = '{"header_name": "x-a", "header_value": "1", "header_valu": "2"}';
    const { warnings } = await readConfiguration(custom, { text });
    assert.deepEqual(warnings, ["--config of custom-headers: header_valu is not known. Write header_value."]);
  });
});

describe("an endpoint", () => {
  const read = (text: string) => readEndpoint(text, "--upstream");

  test("is a URL or host:port", () => {
    assert.deepEqual(read("localhost:3000"), { host: "localhost", port: 3000, tls: false, http2: false });
    assert.deepEqual(read("https://example.com"), {
      host: "example.com",
      port: 443,
      tls: true,
      http2: false,
    });
    assert.deepEqual(read("grpc://[::1]:50051"), { host: "::1", port: 50051, tls: false, http2: true });
    assert.equal(authorityOf(read("grpc://[::1]:50051")), "[::1]:50051");
  });

  test("beyond this machine is asked by its own name", () => {
    assert.equal(rewrittenHost(read("http://localhost:1")), undefined);
    assert.equal(rewrittenHost(read("http://127.0.0.1:1")), undefined);
    assert.equal(rewrittenHost(read("https://example.com")), "example.com");
    assert.equal(rewrittenHost(read("http://example.com:81")), "example.com:81");
  });
});
