import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../cli/root.js";
import { scenarioSchemaLine } from "../../cli/scenarios/schema-line.js";

/** A user's project: a plugin under a root id of its own, a scenario, a spec. */
export interface Project {
  /** Where its folder lies; others may be put beside it. */
  around: string;
  folder: string;
  write(texts: Record<string, string>): Promise<void>;
  remove(): Promise<void>;
}

export async function greeterProject(): Promise<Project> {
  const around = await mkdtemp(join(tmpdir(), "as-proxy-wasm-apw-test-"));
  const folder = join(around, "greeter");
  const write = async (texts: Record<string, string>) => {
    for (const [path, text] of Object.entries(texts)) {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  };
  await write({
    "package.json": '{ "name": "@acme/greeter", "private": true, "type": "module" }',
    "asconfig.json": '{ "extends": "as-proxy-wasm/asconfig.json" }',
    "runtime-config.json": '{ "rootIds": ["acme.greeter"] }',
    "assembly/index.ts": pluginText("hi"),
    "assembly/double.ts": doubleText,
    "scenarios/greets.yaml": `${scenarioSchemaLine}\n${right}`,
    "tests/double.spec.ts": specText("aa"),
    "as-pect.config.js": 'export { default } from "as-proxy-wasm/as-pect";\n',
    "as-pect.asconfig.json": JSON.stringify({
      extends: "./node_modules/as-proxy-wasm/as-pect/asconfig.json",
      entries: ["node_modules/@as-pect/assembly/assembly/index.ts"],
    }),
  });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return { around, folder, write, remove: () => rm(around, { recursive: true, force: true }) };
}

export const doubleText = "export function double(text: string): string {\n  return text + text;\n}\n";

export const pluginText = (
  greeting: string,
) => `import { HeadersAction, HttpContext, RootContext, register } from "as-proxy-wasm";
import { double } from "./double";

class Root extends RootContext {
  createHttpContext(): HttpContext {
    return new Greeter();
  }
}

class Greeter extends HttpContext {
  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set("x-greeting", double("${greeting}"));
    return HeadersAction.Continue;
  }
}

register("acme.greeter", () => new Root());
`;

export const specText = (expected: string) => `import { double } from "../assembly/double";

describe("double", () => {
  it("says it twice", () => {
    expect<string>(double("a")).toBe("${expected}");
  });
});
`;

export const right = "name: greets\nsteps: [{ request: {}, client: { headers: { x-greeting: hihi } } }]\n";
