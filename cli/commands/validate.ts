import { Command } from "commander";
import type { ValidateOptions } from "../validate/command.js";

export const validate = new Command("validate")
  .description("finds what is wrong with WasmPlugins and EnvoyFilters, before the cluster does")
  .argument("<files or folders...>", "YAML or JSON; - is standard input")
  .option(
    "--schema <[plugin=]file>",
    "the schema of a plugin's configuration; bundled plugins and projects have theirs",
    (word: string, before: string[] = []) => [...before, word],
  )
  .option("--fix", "puts right what needs no thought, in the files")
  .option("--strict", "warnings count as findings too")
  .option("--no-images", "does not look at images and modules where they lie")
  .option("--no-tools", "does not ask istioctl and the cluster, where they are there")
  .option("--json", "prints findings for a program")
  .addHelpText(
    "after",
    `
It looks at kind and apiVersion, at every key by Istio's closed schema and its rules, at phase, match, priority and
failure strategy, at pluginConfig by the plugin's own schema, and at the Wasm within EnvoyFilters by Envoy's schema; then
whether the image is there, Istio takes it, and spec.sha256 is its digest; then it asks istioctl and the API server.
It ends with 0 when nothing must be put right, 1 when something must, 2 when it was not used in the right way.

Examples
  apw validate wasmplugin.yaml                       one file
  apw validate --strict deploy/                      all of a folder; warnings count
  apw validate --fix wasmplugin.yaml                 misspelt names, a missing oci://, and the like
  apw validate --schema mine=config.schema.json .    a plugin of your own that lies elsewhere
  kubectl get wasmplugins -A -o yaml | apw validate -`,
  )
  .action(async (places: string[], options: ValidateOptions) => {
    const { validateFiles } = await import("../validate/command.js");
    await validateFiles(places, options);
  });
