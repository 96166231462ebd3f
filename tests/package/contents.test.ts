import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { before, test } from "node:test";
import { root } from "../../cli/root.js";
import { type PackedFile, packedFiles } from "./tarball.js";
import { attempt } from "./outside.js";

/**
 * All that the package may hold. What is new and fits none of these is not published before somebody has thought of it:
 * a line here, or another place for the file.
 */
const allowed: RegExp[] = [
  /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|asconfig\.json|index\.ts)$/,
  /^assembly\/(tsconfig\.json|(\w[\w-]*\/){0,2}[\w-]+\.ts)$/,
  /^transform\/([\w-]+\.js|package\.json|tsconfig\.json)$/,
  /^as-pect\/([\w-]+\.js|asconfig\.json|[\w-]+\.ts)$/,
  /^monitoring\/[\w-]+\.(json|yaml)$/,
  /^plugins\/tsconfig\.json$/,
  /^plugins\/[a-z-]+\/([\w-]+\.ts|config\.schema\.json|wasmplugin\.yaml|[\w-]+\.md)$/,
  /^plugins\/[a-z-]+\/scenarios\/[\w-]+\.yaml$/,
  /^dist\/host\/([\w-]+\/)*[\w-]+(\.js|\.d\.ts)$/,
  /^dist\/cli\/([\w-]+\/)*[\w-]+\.(js|mjs)$/,
  // What the commands read.
  /^dist\/cli\/(istio\/schemas|manifest|scenarios)\/[\w.-]+\.json$/,
  /^dist\/cli\/run\/[\w-]+\.lua$/,
  /^dist\/cli\/init\/specs\/[a-z-]+\/[\w-]+(\.spec)?\.ts$/,
  /^dist\/cli\/init\/templates\/([\w-]+\/)*([\w.-]+\.(ts|md|json|yaml|js|txt)|gitignore|\w+)$/,
  /^dist\/(SHA256SUMS|sbom\.cdx\.json)$/,
];

/** In bytes: what a user downloads, and what lies on the disk. About a tenth more than it is. */
const limits = { packed: 1_020_000, unpacked: 3_850_000 };

let files: Map<string, PackedFile>;
let size: number;
before(async () => ({ files, size } = await packedFiles()), { timeout: 900_000 });

const paths = () => [...files.keys()];

test("the package holds what is listed here, and of each kind something", () => {
  assert.deepEqual(
    paths().filter((path) => !allowed.some((kind) => kind.test(path))),
    [],
  );
  assert.deepEqual(
    allowed.filter((kind) => !paths().some((path) => kind.test(path))).map(String),
    [],
    "nothing is of this kind",
  );
});

test("each file of the package is in git, or is made from one that is", async (t) => {
  const { exitCode, output } = await attempt(root, "git", ["ls-files", "-z"]);
  if (exitCode !== 0) return t.skip("these sources are no clone of the repository");
  const known = new Set(output.split("\0"));
  assert.deepEqual(
    paths().filter((path) => !sourcesOf(path).some((source) => known.has(source))),
    [],
    "git does not know it: git add, or take it away",
  );
});

/** The files of which one in the package can be made. */
function sourcesOf(path: string): string[] {
  if (path === "dist/SHA256SUMS") return ["cli/house/checksums.mjs"];
  if (path === "dist/sbom.cdx.json") return ["cli/house/sbom.mjs"];
  if (!path.startsWith("dist/")) return [path];
  const source = path.slice("dist/".length);
  return [
    source,
    source.replace(/(\.d\.ts|\.js)$/, ".ts"),
    source.replace("cli/init/specs/", "tests/unit/plugins/"),
  ];
}

test("the package is no larger than it has to be", (t) => {
  const whole = [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  t.diagnostic(`${paths().length} files, ${size} bytes packed, ${whole} unpacked`);
  assert.ok(size <= limits.packed, `${size} bytes packed`);
  assert.ok(whole <= limits.unpacked, `${whole} bytes unpacked`);
});

test("nothing in the package names a place on the machine where it was made, or what npm downloaded from", async () => {
  const { output } = await attempt(root, "npm", ["config", "get", "registry", "--loglevel=error"]);
  const registry = new URL(output.trim().split("\n").pop()!).host;
  const places = [root, homedir(), registry]
    // These stand in texts that mean no machine.
    .filter((place) => !["/", "/root", "registry.npmjs.org"].includes(place));
  assert.ok(places.length > 0);
  const found = [...files].flatMap(([path, { bytes }]) =>
    places.filter((place) => Buffer.from(bytes).includes(place)).map((place) => `${path}: ${place}`),
  );
  assert.deepEqual(found, []);
});

test("each file but the list itself is what dist/SHA256SUMS says", () => {
  const list = Buffer.from(files.get("dist/SHA256SUMS")!.bytes).toString();
  const listed = new Map(
    list
      .trimEnd()
      .split("\n")
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
  const sums = [...files]
    .filter(([path]) => path !== "dist/SHA256SUMS")
    .map(([path, { bytes }]): [string, string] => [path, createHash("sha256").update(bytes).digest("hex")]);
  assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(sums));
});

test("the program alone may be executed, and everybody may read the rest", () => {
  for (const [path, { mode }] of files)
    assert.equal((mode & 0o777).toString(8), path === "dist/cli/apw.js" ? "755" : "644", path);
});
