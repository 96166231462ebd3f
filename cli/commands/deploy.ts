import { Command } from "commander";
import type { DeployOptions } from "../deploy/deploy.js";
import { ofCluster, thatWaits } from "./cluster-options.js";
import { labels } from "./labels.js";

export const deploy = thatWaits(ofCluster(new Command("deploy")))
  .description("brings a plugin into the mesh, and sees that the proxies really took it")
  .argument(
    "[file or plugin]",
    "a manifest, an apw.yaml, a project or a bundled plugin; ./apw.yaml or the project without it",
  )
  .option("--image <url>", "of a plugin: oci://host/name:tag, or https://host/file.wasm")
  .option("--sha256 <digest>", "of a plugin: its image's manifest, or the module behind https")
  .option("--config <json|file>", "of a plugin: its configuration")
  .option("--selector <labels>", "of a plugin: the pods that get it, as name=value,...", labels)
  .option("--gateway <name>", "of a plugin: a Gateway of the Gateway API")
  .option("--name <name>", "of a plugin: what the object is called")
  .option("--strict", "warnings stop it too")
  .option("--no-images", "does not look whether the image is there and has the right digest")
  .addHelpText(
    "after",
    `
It checks what apw validate checks, and istioctl validate where it is there, that kubectl reaches a cluster with Istio and
that you may; writes the WasmPlugin with the version before it kept in an annotation; asks the Envoy of each pod until all have the new filter, with the
right module and configuration; and sends the test request. It ends with 0 when all that went well, 1 when something
failed, 2 when it could not begin.

Examples
  apw deploy wasmplugin.yaml
  apw deploy --dry-run wasmplugin.yaml               what it would run, and nothing is changed
  apw deploy basic-auth -n shop --image oci://r.example.com/basic-auth:1.0 --selector app=web --config auth.yaml
  apw deploy wasmplugin.yaml --test-url https://shop.example.com/ --expect-status 401 --rollback-on-failure
  apw deploy wasmplugin.yaml --context prod --timeout 5m --test './smoke-test.sh'`,
  )
  .action(async (word: string | undefined, options: DeployOptions) => {
    const { deploy: run } = await import("../deploy/deploy.js");
    await run(word, options);
  });
