import { join } from "node:path";
import { root } from "./root.js";
import { runProgram } from "./spawn.js";

/** Runs the tests in AssemblyScript, and gives back the exit code. */
export async function unitTests(): Promise<number> {
  const asPect = join(root, "node_modules", "@as-pect", "cli", "bin", "asp.js");
  const config = [
    "--config",
    "tests/unit/as-pect.config.js",
    "--as-config",
    "tests/unit/as-pect.asconfig.json",
  ];
  return (await runProgram(process.execPath, [asPect, ...config, "--no-logo"], { cwd: root, show: true }))
    .exitCode;
}
