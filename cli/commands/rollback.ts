import { Command } from "commander";
import type { RollbackOptions } from "../deploy/rollback.js";
import { ofCluster, thatWaits, whole } from "./cluster-options.js";

export const rollback = thatWaits(ofCluster(new Command("rollback")))
  .description("brings back the version before, or another one that apw versions shows")
  .argument("<name>", "the WasmPlugin")
  .option("--to <version>", "the number of a version; the one before without it", whole(1, 1_000_000))
  .addHelpText(
    "after",
    `
A rollback is a version of its own, so that it can be taken back too. What came by kubectl apply in between is kept as a
version like the others.

Examples
  apw rollback auth -n shop                   the version before
  apw rollback auth -n shop --to 3            version 3 of apw versions
  apw rollback auth --dry-run                 what it would write`,
  )
  .action(async (name: string, options: RollbackOptions) => {
    const { rollback: run } = await import("../deploy/rollback.js");
    await run(name, options);
  });
