import { Command } from "commander";
import type { ClusterOptions } from "../deploy/kubectl.js";
import { ofCluster } from "./cluster-options.js";

export const versions = ofCluster(new Command("versions"))
  .description("shows which versions of a WasmPlugin were deployed, by whom, and what changed")
  .argument("<name>", "the WasmPlugin")
  .addHelpText(
    "after",
    `
Versions are kept in the annotation as-proxy-wasm.versions of the WasmPlugin: the last 10, as far as they fit in 96 KiB.
A configuration with secrets in it is kept as it is.

Examples
  apw versions auth -n shop
  apw versions auth --json                    with the whole of each version`,
  )
  .action(async (name: string, options: ClusterOptions) => {
    const { versions: run } = await import("../deploy/versions.js");
    await run(name, options);
  });
