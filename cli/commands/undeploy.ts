import { Command } from "commander";
import type { UndeployOptions } from "../deploy/undeploy.js";
import { ofCluster } from "./cluster-options.js";

export const undeploy = ofCluster(new Command("undeploy"))
  .description("takes a plugin out of the mesh, and keeps what it was")
  .argument("<name>", "the WasmPlugin")
  .option("-y, --yes", "does not ask")
  .option("--keep <file>", "writes the manifest there before it is deleted; it is printed without it")
  .option("--force", "overwrites the file of --keep")
  .option("--dry-run", "prints each command that would change something, and changes nothing")
  .addHelpText(
    "after",
    `
Examples
  apw undeploy auth -n shop                          asks first, and prints what it deleted
  apw undeploy auth -n shop --yes --keep auth.yaml   apw deploy auth.yaml brings it back`,
  )
  .action(async (name: string, options: UndeployOptions) => {
    const { undeploy: run } = await import("../deploy/undeploy.js");
    await run(name, options);
  });
