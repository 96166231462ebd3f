import { Command } from "commander";
import { type EnvoyChoice, withEnvoyOptions } from "../envoy/option.js";
import { Finding } from "../terminal.js";

export const doctor = withEnvoyOptions(
  new Command("doctor")
    .description("says what of this machine apw can use, and what each missing piece is for")
    .option("--json", "prints it for a program"),
)
  .addHelpText(
    "after",
    `
Examples
  apw doctor                     what is here, and what is missing
  apw doctor --json              for a program, or a report of a fault
  apw doctor --envoy ./envoy     whether that Envoy runs here, and what it can run

Nothing is downloaded, and no secret is read. It ends with 0 when what is needed is there, 1 when something needed is
missing or does not work; what only some commands use may be absent.`,
  )
  .action(async ({ json, ...choice }: EnvoyChoice & { json?: boolean }) => {
    const [{ examine }, { doctorText }, { isFault }] = await Promise.all([
      import("../doctor/examine.js"),
      import("../doctor/report.js"),
      import("../doctor/finding.js"),
    ]);
    const findings = await examine(choice);
    const isWell = !findings.some(isFault);
    console.log(json ? JSON.stringify({ ok: isWell, findings }, null, 2) : doctorText(findings));
    if (!isWell) throw new Finding();
  });
