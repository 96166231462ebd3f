import { inLines } from "./difference.js";
import type { UnitResult } from "../unit-tests/run.js";
import type { Outcome } from "./run.js";

/** What XML 1.0 has no way to write. */
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

const attribute = (text: string) =>
  text.replace(unwritable, "\ufffd").replace(/[&<>"\n]/g, (one) => entities[one]!);
const content = (text: string) =>
  text.replace(unwritable, "\ufffd").replace(/[&<>]/g, (one) => entities[one]!);
const time = (milliseconds: number) => (milliseconds / 1000).toFixed(3);

/** What came of scenarios and unit tests, as CI servers read it: a suite for each file, on each host. */
export function junitReport(outcomes: readonly Outcome[], units: readonly UnitResult[] = []): string {
  const suites = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const name = `${outcome.role.file} (${outcome.host})`;
    suites.set(name, [...(suites.get(name) ?? []), outcome]);
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals([...outcomes.map(lengthOf), ...units.flatMap(casesOf)])}>`,
    ...[...suites].flatMap(([name, cases]) => [
      `  <testsuite name="${attribute(name)}" ${totals(cases.map(lengthOf))}>`,
      ...cases.map(testCase),
      "  </testsuite>",
    ]),
    ...units.flatMap((unit) => [
      `  <testsuite name="${attribute(`${unit.plugin} unit tests`)}" ${totals(casesOf(unit))}>`,
      ...casesOf(unit).map((one) => unitCase(unit.plugin, one)),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  failed: boolean;
  milliseconds: number;
}

const lengthOf = ({ differences, milliseconds }: Outcome): Case => ({
  failed: differences.length > 0,
  milliseconds,
});

interface UnitCase extends Case {
  file: string;
  name: string;
  text: string;
}

/** The tests, and one more that failed where they did not run to their end. */
function casesOf({ tests, error }: UnitResult): UnitCase[] {
  const cases = tests.map(({ file, group, name, passed, milliseconds, message, expected, seen }) => ({
    file,
    name: `${group}: ${name}`,
    failed: !passed,
    milliseconds,
    text: [message, expected && `expected ${expected}`, seen && `seen ${seen}`].filter(Boolean).join("\n"),
  }));
  if (error === null) return cases;
  return [...cases, { file: "tests", name: "run to their end", failed: true, milliseconds: 0, text: error }];
}

function unitCase(plugin: string, { file, name, failed, milliseconds, text }: UnitCase): string {
  const head = `    <testcase classname="${attribute(`${plugin}.unit`)}" name="${attribute(name)}" file="${attribute(file)}" time="${time(milliseconds)}"`;
  if (!failed) return `${head}/>`;
  const [first = ""] = text.split("\n");
  return `${head}>\n      <failure message="${attribute(first)}">${content(text)}</failure>\n    </testcase>`;
}

function totals(outcomes: readonly Case[]): string {
  const failures = outcomes.filter(({ failed }) => failed).length;
  const took = outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return `tests="${outcomes.length}" failures="${failures}" errors="0" time="${time(took)}"`;
}

function testCase({ role, host, milliseconds, differences, logged }: Outcome): string {
  const { file, line, scenario, plugin } = role;
  const head = `    <testcase classname="${attribute(`${plugin}.${host}`)}" name="${attribute(scenario.name)}" file="${attribute(file)}" line="${line}" time="${time(milliseconds)}"`;
  if (differences.length === 0) return `${head}/>`;
  const message = attribute(differences.map(({ where }) => where).join(", "));
  const text = [...differences.map(inLines), "", "the plugins logged", ...logged].join("\n");
  return `${head}>\n      <failure message="${message}">${content(text)}</failure>\n    </testcase>`;
}
