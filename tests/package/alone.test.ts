import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inspect } from "../../cli/module.js";
import { root } from "../../cli/root.js";
import { breaches } from "../../host/rules.js";
import { greeter } from "../cli/run-harness.js";
import { attempt } from "./outside.js";
import { packedFiles } from "./tarball.js";

/** What the SDK needs at compile time, with what json-as needs itself. */
const needed = ["json-as", "xjb-as", "@assemblyscript/wasi-shim"];

/** A plugin that uses json-as, too, as those of the library need not. */
const source = `import { parseValue } from "as-proxy-wasm/assembly/config/values";
${greeter("world")}
export function isNoJson(): bool {
  return parseValue(0) === null;
}
`;

/** A project with the package as it is published, these packages, the compiler and nothing else. */
async function withProject(packages: string[], use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-alone-"));
  const modules = join(folder, "node_modules");
  try {
    for (const [path, { bytes }] of (await packedFiles()).files) {
      const file = join(modules, "as-proxy-wasm", path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    // Copies: from a link Node would find all that lies in this repository.
    for (const name of packages)
      await cp(join(root, "node_modules", name), join(modules, name), { recursive: true });
    await symlink(join(root, "node_modules", "assemblyscript"), join(modules, "assemblyscript"));
    await mkdir(join(folder, "assembly"));
    await writeFile(join(folder, "assembly", "index.ts"), source);
    await writeFile(join(folder, "asconfig.json"), '{ "extends": "as-proxy-wasm/asconfig.json" }\n');
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const compile = (folder: string) =>
  attempt(folder, process.execPath, [
    join(root, "node_modules", "assemblyscript", "bin", "asc.js"),
    ...["assembly/index.ts", "-o", "x.wasm", "--target", "debug"],
  ]);

test(
  "a plugin compiles with the SDK, json-as, the WASI shim and the compiler alone",
  { timeout: 900_000 },
  () =>
    withProject(needed, async (folder) => {
      const { exitCode, output } = await compile(folder);
      assert.equal(exitCode, 0, output);
      assert.deepEqual(breaches(inspect(await readFile(join(folder, "x.wasm")))), []);
    }),
);

test(
  "it does not without them, so that there they came from nowhere else",
  { timeout: 900_000 },
  async () => {
    for (const [missing, line] of [
      ["json-as", /json-as/],
      ["@assemblyscript/wasi-shim", /wasi/],
    ] as const)
      await withProject(
        needed.filter((name) => name !== missing),
        async (folder) => {
          const { exitCode, output } = await compile(folder);
          assert.notEqual(exitCode, 0, missing);
          assert.match(output, line);
        },
      );
  },
);
