import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../cli/root.js";
import { packed } from "./installed.js";
import { attempt } from "./outside.js";

/** A registry that nobody has published to, with what it was sent. */
async function withRegistry(use: (url: string, sent: string[]) => Promise<void>): Promise<void> {
  const sent: string[] = [];
  const server = createServer((request, response) => {
    if (request.method !== "GET") sent.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => {
      response.writeHead(request.method === "GET" ? 404 : 201, { "content-type": "application/json" });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sent);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** npm with no settings of the user's, outside of any build service: those vouch for where a package comes from. */
async function publish(url: string, ...more: string[]) {
  const { tarball } = await packed();
  const home = await mkdtemp(join(tmpdir(), "as-proxy-wasm-publish-"));
  const environment = Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^(CI$|GITHUB_|GITLAB_|CI_|ACTIONS_|CIRCLE|SIGSTORE_)/i.test(name))
      .map((name) => [name, ""]),
  );
  try {
    const words = ["publish", tarball, `--registry=${url}`, `--cache=${join(home, "cache")}`, ...more];
    return await attempt(home, "npm", words, {
      ...environment,
      HOME: home,
      npm_config_userconfig: join(home, "npmrc"),
      [`npm_config_${url.slice("http:".length)}:_authToken`]: "a-token",
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

test("npm publish --dry-run has nothing to object to, without a network", { timeout: 900_000 }, async () => {
  const { exitCode, output } = await publish("http://127.0.0.1:1/", "--dry-run", "--offline");
  assert.equal(exitCode, 0, output);
  assert.match(output, /with tag latest and public access \(dry-run\)/);
  assert.match(output, /\+ as-proxy-wasm@\d/);
  const objections = output
    .split("\n")
    .filter((line) => /^npm (warn|error)/i.test(line) && !/logged in|user config/.test(line));
  assert.deepEqual(objections, []);
});

test(
  "a package is not published where nobody can vouch for where it was built",
  { timeout: 900_000 },
  async () => {
    await withRegistry(async (url, sent) => {
      const { exitCode, output } = await publish(url);
      assert.notEqual(exitCode, 0);
      assert.match(output, /provenance/i);
      assert.deepEqual(sent, []);
    });
  },
);

for (const path of ["package.json", "cli/create/package.json"])
  test(`${path} asks for provenance and for everybody's access`, async () => {
    const { publishConfig } = JSON.parse(await readFile(join(root, path), "utf8")) as {
      publishConfig?: unknown;
    };
    assert.deepEqual(publishConfig, { access: "public", provenance: true });
  });
