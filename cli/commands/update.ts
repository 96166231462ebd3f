import { Command, InvalidArgumentError } from "commander";
import type { CanaryOptions } from "../deploy/canary.js";
import { collect, duration, ofCluster, thatWaits } from "./cluster-options.js";

const steps = (word: string): number[] =>
  word.split(",").map((part) => {
    if (!/^\d{1,3}$/.test(part.trim())) throw new InvalidArgumentError("write per cents as 25,50,100");
    return Number(part);
  });

const numbers = (word: string, before: number[] = []): number[] => {
  const number = Number(word);
  if (word.trim() === "" || Number.isNaN(number)) throw new InvalidArgumentError("expected a number");
  return [...before, number];
};

export const update = thatWaits(ofCluster(new Command("update")))
  .description("gives a WasmPlugin another image or configuration, at once or step by step")
  .argument("<name>", "the WasmPlugin")
  .option("--image <url>", "the new module: oci://host/name:tag, or https://host/file.wasm")
  .option("--sha256 <digest>", "its digest; asked of the registry without it")
  .option("--config <json|file>", "the new configuration, in the place of the old one")
  .option("--canary", "beside the old version, for a share that grows as long as the gates hold")
  .option("--steps <per cents>", "of a canary", steps, [25, 50, 100])
  .option(
    "--interval <time>",
    "of a canary: how long each step is watched before its gates",
    duration,
    60_000,
  )
  .option("--virtual-service <[ns/]name>", "of a canary: shares requests by its weights, in place of pods")
  .option(
    "--canary-subset <name>",
    "of a canary by weights: the subset that gets the new version; canary without it",
  )
  .option("--prometheus <url>", "of a canary: where --gate-query is asked")
  .option(
    "--gate-query <promql>",
    "of a canary: its largest value may be --max; as often as you like",
    collect,
  )
  .option("--max <number>", "of a canary: one for each --gate-query", numbers)
  .option("--gate <command>", "of a canary: a command that ends with 0 when it may go further")
  .option("--no-images", "does not look whether the image is there and has the right digest")
  .addHelpText(
    "after",
    `
A canary (--canary) puts a second WasmPlugin beside the stable one, which gets the update when all steps passed. A failed
gate, a proxy that does not take it, or Ctrl-C gives everything back to the stable one and removes the canary.
By pods: a WasmPlugin splits no traffic, it selects pods, and only by labels that are equal. So each pod is labelled
as-proxy-wasm.track=stable or =canary, and the stable WasmPlugin is narrowed to the first until the end. A pod that is
replaced meanwhile comes from its template without the label, and runs neither version until apw labels it, some seconds
later: for what keeps requests out, put the label into the template, or go by weights. If apw itself is killed,
apw rollback brings the stable selector back and apw undeploy <name>-canary removes the canary.
By weights (--virtual-service): the workload has two subsets, and the stable WasmPlugin selects the stable one only.

Examples
  apw update auth -n shop --image oci://r.example.com/auth:1.1
  apw update auth -n shop --config auth.yaml --test-url https://shop.example.com/ --expect-status 401
  apw update auth --image oci://r.example.com/auth:1.1 --rollback-on-failure --timeout 5m
  apw update auth --image oci://r.example.com/auth:1.1 --canary --steps 10,50,100 --interval 5m --gate ./healthy.sh
  apw update auth --image oci://r.example.com/auth:1.1 --canary --virtual-service shop/web --canary-subset v2 \\
    --prometheus http://prometheus:9090 --gate-query 'sum(rate(envoy_wasm_vm_reload_total[1m]))' --max 0`,
  )
  .action(async (name: string, options: CanaryOptions) => {
    if (options.canary) {
      const { canary } = await import("../deploy/canary.js");
      return canary(name, options);
    }
    const { update: run } = await import("../deploy/update.js");
    await run(name, options);
  });
