import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { findCredentials, type Found } from "../../cli/oci/credentials.js";
import { scratch } from "./image/apw.js";

const auth = (name: string, password: string) => Buffer.from(`${name}:${password}`).toString("base64");

interface Home {
  folder: string;
  write(file: string, value: unknown): Promise<void>;
  /** A program `docker-credential-<name>`, by its shell script. */
  helper(name: string, script: string): Promise<void>;
  find(host: string, repository?: string, more?: NodeJS.ProcessEnv): Promise<Found>;
}

/** Somebody's home with nothing in it, and a PATH where helpers may lie. */
async function home(context: TestContext): Promise<Home> {
  const folder = await scratch(context);
  const programs = join(folder, "programs");
  await mkdir(programs);
  const before = process.env["PATH"];
  process.env["PATH"] = [programs, before].join(delimiter);
  context.after(() => (process.env["PATH"] = before));
  return {
    folder,
    async write(file, value) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), typeof value === "string" ? value : JSON.stringify(value));
    },
    async helper(name, script) {
      const program = join(programs, `docker-credential-${name}`);
      await writeFile(program, `#!/bin/sh\n${script}\n`);
      await chmod(program, 0o755);
    },
    find: (host, repository = "acme/tiny", more = {}) =>
      findCredentials(host, repository, { HOME: folder, ...more }),
  };
}

const who = ({ credential }: Found): string | null =>
  credential === null
    ? null
    : "username" in credential
      ? `${credential.username}/${credential.password}`
      : JSON.stringify(credential);

test("finds what docker login left, under each of the names that it is left under", async (context) => {
  const at = await home(context);
  await at.write(".docker/config.json", {
    auths: {
      "https://index.docker.io/v1/": { auth: auth("hub", "a:b") },
      "ghcr.io": { auth: auth("gh", "x") },
      "https://Registry.Example.com/v2/": { username: "plain", password: "" },
      "127.0.0.1:5000": { auth: `${auth("padded", "x\0\0")}` },
      "empty.example.com": {},
      "bad.example.com": { auth: "bm9jb2xvbg==" },
      "token.example.com": { identitytoken: "id", auth: auth("<token>", "") },
      "bearer.example.com": { registrytoken: "ready" },
      "null.example.com": null,
    },
  });
  assert.equal(who(await at.find("index.docker.io")), "hub/a:b");
  assert.equal(who(await at.find("ghcr.io")), "gh/x");
  assert.equal(who(await at.find("registry.example.com")), "plain/");
  assert.equal(who(await at.find("127.0.0.1:5000")), "padded/x");
  for (const none of ["empty", "bad", "null", "other"])
    assert.equal(who(await at.find(`${none}.example.com`)), null, none);
  const token = (await at.find("token.example.com")).credential;
  assert.ok(token !== null && "identityToken" in token && token.identityToken === "id");
  const bearer = (await at.find("bearer.example.com")).credential;
  assert.ok(bearer !== null && "registryToken" in bearer && bearer.registryToken === "ready");
});

test("looks into $DOCKER_CONFIG in place of ~/.docker, and into podman's files after it", async (context) => {
  const at = await home(context);
  const one = (name: string) => ({ auths: { "ghcr.io": { auth: auth(name, "x") } } });
  await at.write(".docker/config.json", one("docker"));
  await at.write("elsewhere/config.json", one("elsewhere"));
  await at.write(".config/containers/auth.json", one("podman"));
  await at.write("run/containers/auth.json", one("runtime"));
  await at.write("named.json", one("named"));
  const path = (name: string) => join(at.folder, name);
  assert.equal(who(await at.find("ghcr.io")), "docker/x");
  assert.equal(who(await at.find("ghcr.io", "a/b", { DOCKER_CONFIG: path("elsewhere") })), "elsewhere/x");
  const nothing = { DOCKER_CONFIG: path("nothing") };
  assert.equal(who(await at.find("ghcr.io", "a/b", nothing)), "podman/x");
  assert.equal(
    who(await at.find("ghcr.io", "a/b", { ...nothing, XDG_RUNTIME_DIR: path("run") })),
    "runtime/x",
  );
  const named = { ...nothing, XDG_RUNTIME_DIR: path("run"), REGISTRY_AUTH_FILE: path("named.json") };
  assert.equal(who(await at.find("ghcr.io", "a/b", named)), "named/x");
});

test("takes podman's credentials for a part of a registry before those for all of it", async (context) => {
  const at = await home(context);
  const auths = { "ghcr.io": { auth: auth("all", "x") }, "ghcr.io/acme": { auth: auth("acme", "x") } };
  await at.write(".config/containers/auth.json", { auths });
  assert.equal(who(await at.find("ghcr.io", "acme/tiny")), "acme/x");
  assert.equal(who(await at.find("ghcr.io", "acmeother/tiny")), "all/x");
});

test("asks the helpers as Docker does: the registry's own first, then the one for all", async (context) => {
  const at = await home(context);
  const asked = join(at.folder, "asked");
  await at.helper("own", `cat > ${asked}; echo '{"Username":"own","Secret":"s"}'`);
  await at.helper(
    "store",
    `read server; [ "$server" = token.example.com ] && echo '{"Username":"<token>","Secret":"id"}' && exit
[ "$server" = https://index.docker.io/v1/ ] && echo '{"Username":"hub","Secret":"s"}' && exit
echo "credentials not found in native keychain"; exit 1`,
  );
  const auths = { "file.example.com": { auth: auth("file", "x") } };
  await at.write(".docker/config.json", {
    credHelpers: { "own.example.com": "own" },
    credsStore: "store",
    auths,
  });
  assert.equal(who(await at.find("own.example.com")), "own/s");
  assert.equal(await readFile(asked, "utf8"), "own.example.com");
  assert.equal(who(await at.find("index.docker.io")), "hub/s");
  const token = (await at.find("token.example.com")).credential;
  assert.ok(token !== null && "identityToken" in token && token.identityToken === "id");
  assert.deepEqual((await at.find("none.example.com")).trouble, []);
  assert.equal(who(await at.find("file.example.com")), "file/x");
});

test("says why a helper gave nothing, and goes on without it", async (context) => {
  const at = await home(context);
  await at.helper("broken", "echo the keychain is locked; exit 1");
  await at.helper("babble", "echo not json");
  for (const [name, says] of [
    ["broken", /docker-credential-broken failed: the keychain is locked/],
    ["babble", /not JSON/],
    ["missing", /docker-credential-missing cannot be run: it must be on the PATH/],
  ] as const) {
    await at.write(".docker/config.json", { credsStore: name });
    const { credential, trouble } = await at.find("ghcr.io");
    assert.equal(credential, null);
    assert.match(trouble.join(), says);
  }
  await at.write(".docker/config.json", "{ not json");
  await assert.rejects(at.find("ghcr.io"), /config\.json is not JSON: put it right, or log in anew/);
});
