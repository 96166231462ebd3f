import { join } from "node:path";
import { root } from "../root.js";
import { runProgram } from "../spawn.js";
import { green, red, run, seconds } from "../terminal.js";

const tool = (...path: string[]) => join(root, "node_modules", ...path);

const checks: [string, string[]][] = [
  ["format", [tool("prettier", "bin", "prettier.cjs"), "--check", "--log-level", "warn", "."]],
  ["lint", [tool("eslint", "bin", "eslint.js"), "--max-warnings", "0", "."]],
  ["types", [tool("typescript", "bin", "tsc"), "-p", "tsconfig.json"]],
  ["types of what is packed", [tool("typescript", "bin", "tsc"), "-p", "tsconfig.dist.json", "--noEmit"]],
  ["types of the transform", [tool("typescript", "bin", "tsc"), "-p", "transform"]],
];

/** `npm run check`: format, lint and types; all of them run, whatever the others say. */
await run(async () => {
  let failures = 0;
  for (const [name, args] of checks) {
    const started = performance.now();
    const { exitCode, output } = await runProgram(process.execPath, args, { cwd: root });
    console.log(
      `${exitCode === 0 ? green("ok") : red("FAILED")}  ${name}  ${seconds(performance.now() - started)}`,
    );
    if (exitCode === 0) continue;
    console.log(output);
    failures++;
  }
  if (failures > 0) console.log("`npm run format` puts the format right.");
  return failures > 0 ? 1 : 0;
});
