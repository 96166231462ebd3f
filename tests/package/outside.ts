import assert from "node:assert/strict";
import { runProgram } from "../../cli/spawn.js";

/** The environment without what `npm test` tells its children about this repository. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|INIT_CWD$|NODE_PATH$)/.test(name),
    ),
  );
}

export interface Ended {
  exitCode: number;
  output: string;
}

/** Runs a program to its end, as in a shell outside of the repository. */
export function attempt(
  cwd: string,
  program: string,
  args: string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return runProgram(program, args, { cwd, environment: { ...plainEnvironment(), ...environment } });
}

/** As `attempt`, of what must succeed; gives back what it wrote. */
export async function succeed(
  cwd: string,
  program: string,
  args: string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { exitCode, output } = await attempt(cwd, program, args, environment);
  assert.equal(exitCode, 0, `${program} ${args.join(" ")}:\n${output}`);
  return output;
}
