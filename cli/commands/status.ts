import { Command } from "commander";
import type { StatusOptions } from "../deploy/status.js";
import { ofCluster } from "./cluster-options.js";

export const status = ofCluster(new Command("status"))
  .description("shows the plugins of a namespace, and how many proxies took each of them")
  .argument("[name]", "one WasmPlugin, with each of its pods; all of the namespace without it")
  .option("-A, --all-namespaces", "of the whole cluster")
  .addHelpText(
    "after",
    `
Plugins stand in the order in which requests meet them. Of each proxy its own config dump is asked: a WasmPlugin that the
API server took may still be on its way, refused by Envoy, or replaced by a filter that denies or allows everything.

Examples
  apw status                     of kubectl's namespace
  apw status auth -n shop        each pod
  apw status -A --json`,
  )
  .action(async (name: string | undefined, options: StatusOptions) => {
    const { status: run } = await import("../deploy/status.js");
    await run(name, options);
  });
