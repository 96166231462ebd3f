import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A digest of what makes a module besides its sources: Node, the compiler, the transforms with the files that they add,
 * and our passes. Null where one of them is not to be found, which the compiler then says better.
 */
export async function toolsFor(cwd: string): Promise<string | null> {
  const digest = createHash("sha256").update(process.versions.node.split(".")[0]!);
  try {
    const sdk = packageFrom(join(cwd, "package.json"), "as-proxy-wasm");
    const manifests = [
      join(sdk, "package.json"),
      join(packageFrom(join(cwd, "package.json"), "assemblyscript"), "package.json"),
      join(packageFrom(join(sdk, "package.json"), "@assemblyscript/wasi-shim"), "package.json"),
      join(packageFrom(join(sdk, "package.json"), "json-as"), "package.json"),
      join(packageFrom(fileURLToPath(import.meta.url), "binaryen"), "package.json"),
    ];
    const own = [...manifests, fileURLToPath(new URL("../optimise.mjs", import.meta.url))];
    for (const file of own) digest.update(await readFile(file)).update("\0");
    // A link to a copy of the SDK that somebody works on has the same version all the time.
    for (const folder of ["assembly", "transform"]) {
      for (const file of await filesIn(join(sdk, folder)))
        digest
          .update(relative(sdk, file))
          .update("\0")
          .update(await readFile(file))
          .update("\0");
    }
  } catch (error) {
    if (!["MODULE_NOT_FOUND", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return null;
  }
  // json-as's transform takes its options from there.
  for (const [name, value] of Object.entries(process.env).sort())
    if (name.startsWith("JSON_")) digest.update(`${name}=${value}\0`);
  return digest.digest("hex");
}

/** The folder of a package as a file would import it. Node's own answer would be the same for as long as this runs. */
function packageFrom(file: string, name: string): string {
  const candidates = (createRequire(file).resolve.paths(name) ?? []).map((folder) => join(folder, name));
  const found = candidates.find((folder) => existsSync(join(folder, "package.json")));
  if (found === undefined)
    throw Object.assign(new Error(`${name} is not installed`), { code: "MODULE_NOT_FOUND" });
  return realpathSync(found);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
