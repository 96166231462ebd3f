import { Command } from "commander";
import type { DebugOptions } from "../deploy/debug.js";
import { ofCluster } from "./cluster-options.js";

export const debug = ofCluster(new Command("debug"))
  .description("looks for the reason why a plugin does not do what it should, and says what to do")
  .argument("<name>", "the WasmPlugin")
  .option("--since <time>", "how far back logs are read", "30m")
  .option("--no-images", "does not look whether the image is there and has the right digest")
  .addHelpText(
    "after",
    `
It goes through what apw validate finds, the pods and their sidecars, each proxy's config dump and counters, its log and
its agent's, and istiod's log: modules that could not be had, Istio's stand-ins (403 RBAC: access denied), filters that
Envoy refused, configurations that the plugin refused, VMs that failed, selectors and modes that fit nothing. The likely
cause comes first. It ends with 1 when something is wrong.

Examples
  apw debug auth -n shop
  apw debug auth -n shop --since 2h --json`,
  )
  .action(async (name: string, options: DebugOptions) => {
    const { debug: run } = await import("../deploy/debug.js");
    await run(name, options);
  });
