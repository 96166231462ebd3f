import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A program that stands in for kubectl, since there is no cluster here: it keeps one WasmPlugin in a file, understands
 * `get` and a merge `patch` of it, and has commands of the test's play the proxies that follow.
 */
export class PretendedKubectl {
  private constructor(
    private readonly folder: string,
    /** To be put in front of the PATH. */
    readonly bin: string,
  ) {}

  static async make(
    folder: string,
    match: unknown,
    follow: { on: string; off: string },
  ): Promise<PretendedKubectl> {
    const bin = join(folder, "bin");
    await mkdir(bin, { recursive: true });
    const object = { kind: "WasmPlugin", metadata: { name: "cost" }, spec: { pluginName: "cost", match } };
    await writeFile(join(folder, "object.json"), JSON.stringify(object));
    await writeFile(join(folder, "calls.txt"), "");
    await writeFile(join(folder, "trouble.txt"), "");
    const program = join(bin, "kubectl");
    await writeFile(program, `#!${process.execPath}\n${script(folder, follow)}`);
    await chmod(program, 0o755);
    return new PretendedKubectl(folder, bin);
  }

  async match(): Promise<unknown> {
    const { spec } = JSON.parse(await readFile(join(this.folder, "object.json"), "utf8")) as {
      spec: { match?: unknown };
    };
    return spec.match;
  }

  /** What it was asked, a line each. */
  async calls(): Promise<string[]> {
    return (await readFile(join(this.folder, "calls.txt"), "utf8")).trim().split("\n");
  }

  /** So many further patches fail as if the API server were away. */
  async failNext(patches: number): Promise<void> {
    await writeFile(join(this.folder, "trouble.txt"), "x".repeat(patches));
  }
}

const script = (folder: string, follow: { on: string; off: string }): string => `
const fs = require("node:fs");
const { execSync } = require("node:child_process");
const folder = ${JSON.stringify(folder)};
const args = process.argv.slice(2).filter((word) => !word.startsWith("--request-timeout"));
fs.appendFileSync(folder + "/calls.txt", args.join(" ") + "\\n");
const fail = (text) => { process.stderr.write(text + "\\n"); process.exit(1); };
const [verb, kind, name] = args;
if (kind !== "wasmplugins.extensions.istio.io" || name !== "cost" || args[3] !== "-n" || args[4] !== "shop")
  fail('Error from server (NotFound): wasmplugins.extensions.istio.io "' + name + '" not found');
const object = JSON.parse(fs.readFileSync(folder + "/object.json", "utf8"));
if (verb === "patch") {
  const trouble = fs.readFileSync(folder + "/trouble.txt", "utf8");
  if (trouble !== "") {
    fs.writeFileSync(folder + "/trouble.txt", trouble.slice(1));
    fail("The connection to the server was refused");
  }
  if (!args.includes("--type=merge")) fail("not a merge patch");
  const patch = JSON.parse(args[args.indexOf("-p") + 1]);
  for (const [key, value] of Object.entries(patch.spec)) if (value === null) delete object.spec[key]; else object.spec[key] = value;
  fs.writeFileSync(folder + "/object.json", JSON.stringify(object));
  const isOff = object.spec.match?.[0]?.ports?.[0]?.number === 1;
  execSync(isOff ? ${JSON.stringify(follow.off)} : ${JSON.stringify(follow.on)});
  console.log("wasmplugin.extensions.istio.io/cost patched");
} else if (verb === "get") console.log(JSON.stringify(object));
else fail("unknown command");
`;
