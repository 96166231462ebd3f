import { join } from "node:path";
import { root } from "../root.js";
import { runProgram } from "../spawn.js";

/** Runs the tests in AssemblyScript, and gives back the exit code. */
export async function unitTests(): Promise<number> {
  const asPect = join(root, "node_modules", "@as-pect", "cli", "lib", "test.js");
  // The program behind as-pect's command, which would lose lines and the exit code of a killed child.
  const config = [
    "--config",
    "tests/unit/as-pect.config.js",
    "--as-config",
    "tests/unit/as-pect.asconfig.json",
  ];
  return (
    await runProgram(
      process.execPath,
      ["--enable-source-maps", asPect, ...config, "--summary", "--no-logo"],
      { cwd: root, show: true },
    )
  ).exitCode;
}
