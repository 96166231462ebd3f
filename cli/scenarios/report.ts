import type { UnitResult } from "../unit-tests/run.js";
import { table } from "../table.js";
import { dim, green, red, seconds } from "../terminal.js";
import type { Difference } from "./difference.js";
import type { HostName } from "./hosts.js";
import { lineDiff } from "./line-diff.js";
import type { Outcome } from "./run.js";

const hostNames: Record<HostName, string> = { embedded: "the embedded host", envoy: "Envoy" };

/** The longest value that stands beside another. */
const widest = 48;

/** What a scenario did not do as it says: short values side by side, long ones line by line. */
export function failureText({ role, host, differences, logged }: Outcome): string {
  const { file, line, scenario } = role;
  const isShort = ({ wanted, got }: Difference) =>
    [wanted, got].every((text) => text.length <= widest && linesOf(text).length === 1);
  const short = differences.filter(isShort);
  const place = ({ where }: Difference) => `${where} (line ${role.lineOf(where)})`;
  const rows = short.map((one) => [place(one), one.wanted, one.got]);
  const blocks = [
    ...(rows.length > 0 ? [table(["", "expected", "seen"], rows)] : []),
    ...differences.filter((one) => !isShort(one)).map((one) => `${place(one)}\n${longText(one)}`),
    ...(logged.length > 0
      ? [dim(["the plugins logged", ...logged.map((text) => `  ${text}`)].join("\n"))]
      : []),
  ];
  const title = `${red("FAILED")}  ${file}:${line}  ${scenario.name}, on ${hostNames[host]}`;
  return [title, ...blocks.map((block) => indented(block))].join("\n");
}

const indented = (text: string) => text.replaceAll(/^/gm, "  ");

function longText({ where, wanted, got }: Difference): string {
  const [expected, seen] = [linesOf(wanted), linesOf(got)];
  if (!/\.(body|json|message)$/.test(where)) {
    const below = got.replaceAll("\n", "\n          ");
    return `${green(`expected  ${wanted}`)}\n${red(`seen      ${below}`)}`;
  }
  const marks = { both: "  ", expected: "- ", seen: "+ " };
  const paint = { both: dim, expected: green, seen: red };
  const lines = lineDiff(expected, seen).map((line) => paint[line.in](`${marks[line.in]}${line.text}`));
  return [`${green("- expected")}  ${red("+ seen")}`, ...lines].join("\n");
}

/** The lines of a value; of a text in quotes those that are in it. */
function linesOf(value: string): string[] {
  if (!/^".*\\n.*"$/s.test(value)) return value.split("\n");
  try {
    return (JSON.parse(value) as string).split("\n");
  } catch {
    return value.split("\n");
  }
}

/** How it went, in one line. */
export function closingLine(outcomes: readonly Outcome[], milliseconds: number): string {
  const failed = outcomes.filter(({ differences }) => differences.length > 0).length;
  const hosts = [...new Set(outcomes.map(({ host }) => hostNames[host]))].join(" and ");
  const scenarios = new Set(outcomes.map(({ role }) => role)).size;
  const passed = green(`${outcomes.length - failed} passed`);
  const counts = failed === 0 ? passed : `${red(`${failed} failed`)}, ${passed}`;
  return `${scenarios} ${scenarios === 1 ? "scenario" : "scenarios"} on ${hosts}: ${counts} in ${seconds(milliseconds)}`;
}

/** The same for programs. */
export function jsonReport(
  outcomes: readonly Outcome[],
  milliseconds: number,
  units: readonly UnitResult[] = [],
): object {
  const failed = outcomes.filter(({ differences }) => differences.length > 0).length;
  return {
    passed: outcomes.length - failed,
    failed,
    milliseconds: Math.round(milliseconds),
    outcomes: outcomes.map(({ role, host, milliseconds: took, differences, logged }) => ({
      file: role.file,
      line: role.line,
      name: role.scenario.name,
      plugin: role.plugin,
      host,
      passed: differences.length === 0,
      milliseconds: Math.round(took),
      differences: differences.map(({ where, wanted, got }) => ({
        where,
        line: role.lineOf(where),
        expected: wanted,
        seen: got,
      })),
      logged,
    })),
    unitTests: units.map(({ milliseconds: took, ...rest }) => ({ ...rest, milliseconds: Math.round(took) })),
  };
}
