import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "../../cli/root.js";
import { attempt } from "./outside.js";

interface Locked {
  version: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  peer?: boolean;
  hasInstallScript?: boolean;
}

const text = (path: string) => readFile(join(root, path), "utf8");
const manifest = JSON.parse(await text("package.json")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const { packages } = JSON.parse(await text("package-lock.json")) as { packages: Record<string, Locked> };
const locked = Object.entries(packages).filter(([path, { link }]) => path !== "" && !link);
const nameOf = (path: string) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
/** What is installed with the package. */
const shipped = locked.filter(([, { dev }]) => !dev);

/** What the SDK is compiled with, beside the compiler: all that a plugin of a user's is made from. */
const ofTheSdk = ["json-as", "@assemblyscript/wasi-shim"];

test("the SDK and its transform import json-as, the WASI shim and the compiler, and nothing else", async () => {
  const found = new Map<string, string[]>();
  for (const [folder, extension] of [
    ["assembly", ".ts"],
    ["transform", ".js"],
  ] as const)
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith(extension)) continue;
      for (const name of packagesIn(await readFile(join(entry.parentPath, entry.name), "utf8")))
        found.set(name, [...(found.get(name) ?? []), entry.name]);
    }
  assert.deepEqual([...found.keys()].sort(), ["assemblyscript", "json-as"]);
  // The shim is named by the compiler's options, not by an import.
  assert.match(await text("asconfig.json"), /wasi_/);
});

/** The packages that a source imports, requires or takes types from. */
function packagesIn(source: string): string[] {
  return ts
    .preProcessFile(source, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]);
}

test("all that is installed with the package is pinned, and runs nothing while it is installed", () => {
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is no exact version`);
    assert.equal(packages[`node_modules/${name}`]?.version, version, name);
  }
  assert.deepEqual(
    shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
    [],
  );
});

test("the lock file holds every package by its hash, and no place where it was downloaded", () => {
  for (const [path, { integrity, resolved }] of locked) {
    assert.match(integrity ?? "", /^sha512-[A-Za-z0-9+/]{86}==$/, path);
    assert.equal(resolved, undefined, path);
  }
});

test("SECURITY.md says of each dependency what it is for", async () => {
  const rows = [...(await text("SECURITY.md")).matchAll(/^\| `([^`]+)` +\| (.+?) *\|$/gm)];
  const reasons = new Map(rows.map(([, name, reason]) => [name!, reason!]));
  assert.deepEqual([...reasons.keys()].sort(), Object.keys(manifest.dependencies).sort());
  for (const [name, reason] of reasons) assert.ok(reason.length > 20, name);
});

const options = ["--json", "--loglevel=error", "--fetch-retries=0", "--fetch-timeout=15000"];
const isAsked = process.env["AS_PROXY_WASM_AUDIT"] !== undefined;

test("no package of the lock file has an advisory, as npm audit says", async (t) => {
  const { output } = await attempt(root, "npm", ["audit", ...options]);
  const report = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
    error?: unknown;
    message?: string;
    vulnerabilities?: Record<string, { severity: string; range: string }>;
  };
  if (report.vulnerabilities === undefined)
    return t.skip(`the registry answers no audit, so what it would say is not known: ${reasonOf(report)}`);
  assert.deepEqual(report.vulnerabilities, {});
});

/** npm's own words, without the registry's name. */
const reasonOf = ({ message = "" }: { message?: string }) =>
  message.replaceAll(/\S*:\/\/\S+/g, "its address").slice(0, 80);

test("what is installed with the package is the newest of its major version", async (t) => {
  if (!isAsked) return t.skip("it asks the registry about each of them: AS_PROXY_WASM_AUDIT=1 has it do so");
  const behind: string[] = [];
  for (const [path, { version }] of shipped) {
    const [major, minor] = version.split(".") as [string, string];
    const line = major === "0" ? `0.${minor}` : major;
    const { exitCode, output } = await attempt(root, "npm", [
      ...["view", `${nameOf(path)}@${line}`, "version", "deprecated"],
      ...options,
    ]);
    assert.equal(exitCode, 0, output);
    const of = [JSON.parse(output.slice(output.search(/[[{"]/))) as unknown].flat();
    const versions = of.map((one) => (typeof one === "string" ? one : (one as { version: string }).version));
    const newest = versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
    if (newest !== version) behind.push(`${nameOf(path)} ${version}, where there is ${newest}`);
    for (const one of of)
      if (typeof one === "object" && (one as { version: string }).version === version)
        assert.equal((one as { deprecated?: string }).deprecated, undefined, nameOf(path));
  }
  t.diagnostic(`${shipped.length} packages`);
  assert.deepEqual(behind, []);
});

test("the SDK's own packages are among the dependencies, so that a user need not know them", () => {
  for (const name of ofTheSdk) assert.ok(name in manifest.dependencies, name);
});
