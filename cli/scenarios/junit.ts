import { inLines } from "./difference.js";
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

/** What came of scenarios, as CI servers read it: a suite for each file on each host. */
export function junitReport(outcomes: readonly Outcome[]): string {
  const suites = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const name = `${outcome.role.file} (${outcome.host})`;
    suites.set(name, [...(suites.get(name) ?? []), outcome]);
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals(outcomes)}>`,
    ...[...suites].flatMap(([name, cases]) => [
      `  <testsuite name="${attribute(name)}" ${totals(cases)}>`,
      ...cases.map(testCase),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

function totals(outcomes: readonly Outcome[]): string {
  const failures = outcomes.filter(({ differences }) => differences.length > 0).length;
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
