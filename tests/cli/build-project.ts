import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../cli/root.js";

/** A plugin whose root context does this when it is configured. */
export const source = (
  code: string,
) => `import { Config, HttpContext, RootContext, register } from "as-proxy-wasm";
class Root extends RootContext {
  onConfigure(config: Config): bool {
    ${code}
    return config.ok();
  }
  createHttpContext(): HttpContext {
    return new HttpContext();
  }
}
register("mine", () => new Root());
`;

export const sound = source(`config.string("greeting", "world");`);

/** A project as `npm install` leaves it, with packages of this repository. */
export async function installedProject(cwd: string, text = sound): Promise<string> {
  await mkdir(join(cwd, "assembly"), { recursive: true });
  await mkdir(join(cwd, "node_modules"));
  for (const dependency of ["assemblyscript", "json-as", "@assemblyscript"])
    await symlink(join(root, "node_modules", dependency), join(cwd, "node_modules", dependency));
  await symlink(root, join(cwd, "node_modules", "as-proxy-wasm"));
  await writeFile(join(cwd, "package.json"), JSON.stringify({ name: "@acme/mine", type: "module" }));
  await writeFile(join(cwd, "asconfig.json"), JSON.stringify({ extends: "as-proxy-wasm/asconfig.json" }));
  await writeFile(join(cwd, "assembly", "index.ts"), text);
  return cwd;
}
