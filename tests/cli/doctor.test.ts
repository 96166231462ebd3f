import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { nodeFinding } from "../../cli/doctor/examine.js";
import type { DoctorFinding } from "../../cli/doctor/finding.js";
import { findEnvoy } from "../../cli/envoy/find.js";
import { apwIn } from "./apw.js";

let folder: string;
let empty: NodeJS.ProcessEnv;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-doctor-test-"));
  empty = {
    PATH: join(folder, "none"),
    ENVOY: undefined,
    HOME: folder,
    DOCKER_CONFIG: undefined,
    AS_PROXY_WASM_CACHE: join(folder, "cache"),
  };
});
after(() => rm(folder, { recursive: true, force: true }));

interface Report {
  ok: boolean;
  findings: DoctorFinding[];
}

async function doctor(environment: NodeJS.ProcessEnv, ...args: string[]) {
  const ended = await apwIn(
    { cwd: folder, environment: { ...empty, ...environment } },
    "doctor",
    "--json",
    ...args,
  );
  const report = JSON.parse(ended.stdout) as Report;
  assert.equal(report.ok, ended.exitCode === 0);
  const of = (name: string) => report.findings.find((one) => one.name === name)!;
  return { ...ended, report, of };
}

/** A folder with programs in it. */
async function programs(texts: Record<string, string>): Promise<string> {
  const place = await mkdtemp(join(folder, "bin-"));
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(place, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(place, name), 0o755);
  }
  return place;
}

test("says of a bare machine what is missing, what that is for and how to get it, and that commands run", async () => {
  const { exitCode, report, of } = await doctor({});
  assert.equal(exitCode, 0);
  assert.equal(of("Node").state, "there");
  assert.deepEqual(of("Node").details, [`${process.versions.node}: ${process.execPath}`]);
  for (const name of [
    "npm",
    "Envoy",
    "Python with pip",
    "kubectl",
    "istioctl",
    "docker",
    "Registry logins",
  ]) {
    const { state, purpose, remedy } = of(name);
    assert.equal(state, "absent", name);
    assert.ok(purpose.length > 5 && remedy !== undefined, name);
  }
  assert.match(of("Envoy").details[0]!, /embedded host alone/);
  assert.equal(report.findings.length, new Set(report.findings.map(({ name }) => name)).size);
});

test("tells the version, the origin and the runtimes of the Envoy that commands run", async () => {
  const { path, version } = await findEnvoy();
  const named = (await doctor({ ENVOY: path })).of("Envoy");
  assert.equal(named.state, "there");
  assert.equal(named.details[0], `${version} from $ENVOY: ${path}`);
  assert.equal(named.details[1], "it runs WebAssembly with v8");
  const onPath = (await doctor({ PATH: dirname(path) })).of("Envoy");
  assert.equal(onPath.details[0], `${version} from PATH: ${path}`);
});

test("ends with 1 when something does not work: an Envoy that is none or has no V8, a project without its compiler, a cache that cannot be written", async () => {
  const none = await doctor({ ENVOY: "/none" });
  assert.equal(none.exitCode, 1);
  assert.deepEqual(
    [none.of("Envoy").state, none.of("Envoy").details[0]],
    ["broken", "$ENVOY names /none, which is not an Envoy that runs here."],
  );
  const old = await programs({
    envoy:
      'if [ "$1" = --version ]; then echo "envoy  version: 0123abc/1.39.0/Clean/RELEASE/BoringSSL"; else exit 1; fi',
  });
  const without = await doctor({ PATH: old });
  assert.equal(without.exitCode, 1);
  assert.deepEqual(without.of("Envoy").details[1], "it has no runtime for WebAssembly");
  const project = join(folder, "project");
  await mkdir(join(project, "assembly"), { recursive: true });
  await writeFile(join(project, "assembly", "index.ts"), "");
  await writeFile(join(project, "package.json"), "{}");
  const ended = await apwIn({ cwd: project, environment: empty }, "doctor");
  assert.equal(ended.exitCode, 1);
  assert.match(ended.stdout, /MISSING {2}asc .*project does not have it installed\n.*\n +run npm install in/);
  assert.match(ended.stdout, /\nTo be put right: asc\.\n$/);
  const file = join(folder, "a-file");
  await writeFile(file, "");
  const cache = await doctor({ AS_PROXY_WASM_CACHE: join(file, "cache") });
  assert.equal(cache.exitCode, 1);
  assert.equal(cache.of("Cache folder").state, "broken");
  assert.match(cache.of("Cache folder").remedy!, /AS_PROXY_WASM_CACHE/);
});

test("is not held up by programs that hang", async () => {
  const hanging = 'echo "$0"; /bin/sleep 60';
  const path = await programs({ kubectl: hanging, docker: hanging, npm: hanging, python3: hanging });
  const started = performance.now();
  const { exitCode, of } = await doctor({ PATH: path });
  assert.ok(performance.now() - started < 45_000);
  assert.equal(exitCode, 0);
  assert.deepEqual(of("kubectl").details, ["it does not answer within 5 s"]);
});

test("tells the registries that somebody is logged in to, and no secret", async () => {
  const secret = Buffer.from("somebody:pa55word").toString("base64");
  const config = join(folder, "docker");
  await mkdir(config);
  await writeFile(
    join(config, "config.json"),
    JSON.stringify({
      auths: { "registry.example": { auth: secret } },
      credHelpers: { "other.example": "cloud" },
    }),
  );
  const { stdout, of } = await doctor({ DOCKER_CONFIG: config });
  assert.deepEqual(of("Registry logins").details, [
    "registry.example (kept by the file itself)",
    "other.example (kept by cloud)",
  ]);
  assert.ok(!stdout.includes(secret) && !stdout.includes("pa55word"));
});

test("tells the context of kubectl, and whether a cluster answers there", async () => {
  const path = await programs({
    kubectl:
      'case "$*" in *--client*) echo \'{"clientVersion": {"gitVersion": "v1.2.3"}}\';; *context*) echo mine;; *) echo refused >&2; exit 1;; esac',
  });
  assert.deepEqual((await doctor({ PATH: path })).of("kubectl").details, [
    "1.2.3",
    "its context is mine, and no cluster answers there",
  ]);
});

test("needs Node 20", () => {
  assert.equal(nodeFinding("20.0.0").state, "there");
  assert.deepEqual(
    [nodeFinding("18.20.1").state, nodeFinding("18.20.1").remedy],
    ["missing", "install Node 20 or later from nodejs.org"],
  );
});
