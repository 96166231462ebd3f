import { green, red, seconds } from "../terminal.js";
import type { UnitResult, UnitTest } from "./run.js";

/** What came of unit tests: those that fail, and a closing line. */
export function unitText({ tests, failed, milliseconds, error }: UnitResult): string {
  const files = new Set(tests.map(({ file }) => file)).size;
  const failures = tests.filter(({ passed }) => !passed).map(failureOf);
  if (error !== null) failures.push(`${red("FAILED")}  unit tests\n${error.replaceAll(/^/gm, "  ")}\n`);
  const passed = green(`${tests.length - failed} passed`);
  const counts = failed === 0 ? passed : `${red(`${failed} failed`)}, ${passed}`;
  const what = `${tests.length} unit ${tests.length === 1 ? "test" : "tests"} in ${files} ${files === 1 ? "file" : "files"}`;
  const closing =
    tests.length === 0
      ? error === null
        ? "no unit tests: they are tests/*.spec.ts"
        : red("no unit test ran")
      : `${what}: ${counts} in ${seconds(milliseconds)}`;
  return [...failures, closing].join("\n");
}

function failureOf({ file, group, name, message, seen, expected, logs }: UnitTest): string {
  return [
    `${red("FAILED")}  ${file}  ${group}: ${name}`,
    ...(message ? [`  ${message}`] : []),
    ...(expected !== null ? [green(`  expected  ${expected}`)] : []),
    ...(seen !== null ? [red(`  seen      ${seen}`)] : []),
    ...logs.map((text) => `  logged    ${text}`),
    "",
  ].join("\n");
}
