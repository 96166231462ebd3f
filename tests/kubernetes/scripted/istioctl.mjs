// @ts-nocheck
// What stands before istioctl in the tests. What it says is recorded from istioctl of Istio 1.31: `validate` and
// `analyze` run on manifests, and `proxy-config ecds` on the config dump of an Envoy 1.40. That it needs the right to
// forward ports, and none to exec, is from its code.
import { readFileSync } from "node:fs";
import { podNamed } from "./pods.mjs";
import { filtersOf } from "./proxies.mjs";
import { begin, fail, print, said, script } from "./words.mjs";

begin("istioctl.txt");
const [verb, kind, target] = said;
if (verb === "version") print("client version: 1.31.0\n");
else if (verb === "validate") validate();
else if (verb === "analyze") analyze();
else if (verb === "proxy-config" && kind === "ecds") ecds();
else fail(`the script does not know ${verb} ${kind}`);

function validate() {
  readFileSync(0);
  const { refuses } = script.istioctl;
  if (refuses === undefined) return print("validation succeed\n");
  const told = `1 error occurred:\n\t* ${refuses}\n\n`;
  fail(`Error: ${told}\n${told}`);
}

function analyze() {
  const { analyses = [] } = script.istioctl;
  print(JSON.stringify(analyses, null, "\t"));
  if (analyses.length > 0) fail("Error: Analyzers found issues when analyzing namespace: shop.", 79);
}

function ecds() {
  const [name, namespace] = target.split(".");
  if ((script.forbidden ?? []).includes("create pods/portforward"))
    fail(`Error: failed to execute command on ${target} sidecar: failure running port forward process`);
  const ecdsFilters = filtersOf(podNamed(name, namespace)).map(
    ({ ecds_filter: filter, last_updated: at }) => ({
      versionInfo: "4",
      ecdsFilter: {
        "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
        name: filter.name,
        typedConfig: asItWrites(filter.typed_config),
      },
      lastUpdated: at,
    }),
  );
  print(JSON.stringify({ ecdsFilters }, null, "    "));
}

function asItWrites(value) {
  if (Array.isArray(value)) return value.map(asItWrites);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
      asItWrites(entry),
    ]),
  );
}
