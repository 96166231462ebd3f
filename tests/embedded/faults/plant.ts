import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pluginModules } from "../../../cli/plugins.js";
import { root } from "../../../cli/root.js";
import { runProgram } from "../../../cli/spawn.js";
import { keptEnvoyRecording, tracedModule } from "../../conformance/trace/record.js";
import type { Fault } from "./list.js";
import type { Task, Verdict } from "./task.js";

/** What a run of the judge needs of the repository. */
const copied = ["host", "cli", "tests", "plugins", "package.json", "tsconfig.json"];
const linked = ["node_modules", "assembly", "transform", "index.ts", "asconfig.json"];

/** Copies of the repository with one fault each, and what is played on them. */
export class Nursery {
  private constructor(
    private readonly folder: string,
    private readonly task: Omit<Task, "verdict">,
  ) {}

  /** `played` are the plugins whose scenarios are played; those of all without it. */
  static async open(played?: string[]): Promise<Nursery> {
    const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-faults-"));
    const [envoy, module] = [join(folder, "envoy.json"), join(folder, "traced.wasm")];
    const { bytes, names } = await tracedModule();
    await writeFile(module, bytes);
    await writeFile(envoy, JSON.stringify(await keptEnvoyRecording()));
    const files = (await readdir(pluginModules)).filter((name) => name.endsWith(".wasm"));
    const plugins = Object.fromEntries(
      files.map((name) => [basename(name, ".wasm"), join(pluginModules, name)]),
    );
    return new Nursery(folder, { envoy, module, names, plugins, played: played ?? Object.keys(plugins) });
  }

  /** What is found wrong with the host as it is, or with a fault in it. */
  async judge(fault?: Fault): Promise<Verdict> {
    const copy = await mkdtemp(join(this.folder, "copy-"));
    try {
      for (const name of copied) await cp(join(root, name), join(copy, name), { recursive: true });
      for (const name of linked) await symlink(join(root, name), join(copy, name));
      await mkdir(join(copy, "build"));
      if (fault !== undefined) await plant(copy, fault);
      return await this.run(copy);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async run(copy: string): Promise<Verdict> {
    const [file, verdict] = [join(copy, "task.json"), join(copy, "verdict.json")];
    await writeFile(file, JSON.stringify({ ...this.task, verdict } satisfies Task));
    const program = join("tests", "embedded", "faults", "judge.ts");
    const { exitCode, output } = await runProgram(process.execPath, ["--import", "tsx", program, file], {
      cwd: copy,
    });
    const found = await readFile(verdict, "utf8").catch(() => undefined);
    if (found !== undefined) return JSON.parse(found) as Verdict;
    return { trace: [`the run ended with ${exitCode}: ${output.trim().slice(-300)}`], scenarios: [] };
  }
}

/** Puts a fault into a copy. Throws when there is not just one place for it. */
async function plant(copy: string, { name, file, from, to }: Fault): Promise<void> {
  const path = join(copy, "host", file);
  const text = await readFile(path, "utf8");
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`"${name}" has ${places} places in host/${file}: mend the list`);
  await writeFile(
    path,
    text.replace(from, () => to),
  );
}
