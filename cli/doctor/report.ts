import { bold, dim, green, red, yellow } from "../terminal.js";
import { type DoctorFinding, isFault } from "./finding.js";

/** What was found, for people. */
export function doctorText(findings: readonly DoctorFinding[]): string {
  const blocks = findings.map(({ name, state, details, purpose, remedy }) => {
    const mark = {
      there: green("ok     "),
      absent: yellow("absent "),
      missing: red("MISSING"),
      broken: red("BROKEN "),
    }[state];
    return [
      `${mark}  ${bold(name)}  ${details.join("; ")}`,
      dim(`         for ${purpose}`),
      ...(remedy === undefined ? [] : [`         ${remedy}`]),
    ].join("\n");
  });
  const faults = findings.filter(isFault).map(({ name }) => name);
  const verdict =
    faults.length === 0
      ? green("All that is needed is there.")
      : red(`To be put right: ${faults.join(", ")}.`);
  return [...blocks, "", verdict].join("\n");
}
