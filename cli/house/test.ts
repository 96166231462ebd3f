import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { findEnvoy } from "../envoy/find.js";
import { buildConformance, buildFixtures, buildPlugins } from "../plugins.js";
import { breachLines } from "../report.js";
import { root } from "../root.js";
import { runProgram } from "../spawn.js";
import { bold, red, run } from "../terminal.js";
import { findJudge, NotHere } from "../../tests/istio/judge.js";
import { unitTests } from "./unit-tests.js";

async function testFiles(): Promise<string[]> {
  const entries = await readdir(join(root, "tests"), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Minutes that a long form may take: five million requests of the soak take hours on a busy machine. */
const longest = 360;

/** Whether the environment asks for the long form of a test: its file takes longer than any does by default. */
const isLong = (): boolean =>
  [
    "NEWCOMER",
    "FAULTS",
    "CACHE_LONG",
    "OPA",
    "SOAK",
    "TIMING",
    "REPRODUCIBLE",
    "RESETS",
    "FLOOD",
    "UPDATES",
  ].some((name) => process.env[`AS_PROXY_WASM_${name}`]);

/** The program on Istio's packages takes minutes to build from nothing: more than a test has. */
async function prepareIstio(files: string[]): Promise<void> {
  if (!files.some((file) => file.includes(join("tests", "istio")))) return;
  try {
    await findJudge(console.log);
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    console.log(`Tests with Istio's own code are left out: ${error.message}`);
  }
}

/**
 * `npm test`: builds, runs the unit tests in AssemblyScript and then the tests in Node, whose closing lines come last.
 * Words after `--` name the files to run in place of all, and leave the unit tests out.
 */
await run(async () => {
  const chosen = process.argv.slice(2);
  const envoy = await findEnvoy({ report: console.log });
  console.log(`Envoy ${envoy.version} (${envoy.from})`);
  const modules = [
    ...(await buildPlugins(console.log)),
    ...(await buildFixtures(console.log)),
    ...(await buildConformance(console.log)),
  ];
  const breaches = breachLines(modules);
  if (breaches.length > 0) {
    console.error(`${red("Hosts would not load these modules:")}\n${breaches.join("\n")}`);
    return 1;
  }
  const files = chosen.length > 0 ? chosen : await testFiles();
  await prepareIstio(files);
  let unit = 0;
  if (chosen.length === 0) {
    console.log(bold("\nAssemblyScript unit tests"));
    unit = await unitTests();
  }
  console.log(bold("\nTests in Node"));
  const args = [
    "--import",
    "tsx",
    "--test",
    "--test-reporter=spec",
    "--test-concurrency=2",
    `--test-timeout=${(isLong() ? longest : 3) * 60_000}`,
    ...files,
  ];
  const { exitCode } = await runProgram(process.execPath, args, { cwd: root, show: true });
  if (unit !== 0) console.log(red("the AssemblyScript unit tests failed: see above"));
  return unit !== 0 || exitCode !== 0 ? 1 : 0;
});
