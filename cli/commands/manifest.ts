import { Command, InvalidArgumentError, Option } from "commander";
import type { ManifestOptions } from "../manifest/command.js";
import { labels } from "./labels.js";

const whole =
  (least: number, most: number) =>
  (word: string): number => {
    const number = Number(word);
    if (!/^-?\d+$/.test(word) || number < least || number > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return number;
  };

const port = whole(1, 65535);
const variable = (word: string, before: ManifestOptions["env"] = []): NonNullable<ManifestOptions["env"]> => {
  const at = word.indexOf("=");
  return [
    ...before,
    at < 0 ? { name: word, valueFrom: "HOST" } : { name: word.slice(0, at), value: word.slice(at + 1) },
  ];
};

export const manifest = new Command("manifest")
  .description("writes what deploys plugins: a WasmPlugin, an EnvoyFilter, or an Envoy's bootstrap")
  .argument(
    "[plugin...]",
    "bundled plugins or projects, in the order of a request; else apw.yaml, else it asks",
  )
  .addOption(
    new Option("--kind <kind>", "what is written")
      .choices(["wasmplugin", "envoyfilter", "bootstrap", "ecds"])
      .default("wasmplugin"),
  )
  .option("--file <apw.yaml>", "a file that describes plugins; ./apw.yaml without it")
  .option("--name <name>", "the object's name; the plugin's without it")
  .option("--namespace <name>", "its namespace")
  .option("--image <url>", "oci://host/name:tag, or https://host/file.wasm")
  .option("--sha256 <digest>", "of the image's manifest, or of the module behind https")
  .addOption(
    new Option("--pull-policy <policy>", "when the image is asked for again").choices([
      "IfNotPresent",
      "Always",
    ]),
  )
  .option("--pull-secret <name>", "a Secret of type kubernetes.io/dockerconfigjson")
  .option("--selector <labels>", "the pods that get it, as name=value,...", labels)
  .option("--gateway <name>", "a Gateway of the Gateway API")
  .option("--service <name>", "a Service, at its waypoint")
  .addOption(
    new Option("--type <type>", "of HTTP requests, or of TCP connections").choices(["HTTP", "NETWORK"]),
  )
  .addOption(
    new Option("--phase <phase>", "which of Istio's own filters it comes before").choices([
      "AUTHN",
      "AUTHZ",
      "STATS",
      "UNSPECIFIED_PHASE",
    ]),
  )
  .addOption(
    new Option("--mode <mode>", "inbound, outbound or both").choices([
      "SERVER",
      "CLIENT",
      "CLIENT_AND_SERVER",
    ]),
  )
  .option(
    "--port <number>",
    "only this destination port; as often as you like",
    (word: string, before: number[] = []) => [...before, port(word)],
  )
  .option(
    "--priority <number>",
    "within a phase the higher number runs first",
    whole(-2147483648, 2147483647),
  )
  .addOption(
    new Option("--fail-strategy <strategy>", "what becomes of requests when it cannot run").choices([
      "FAIL_CLOSE",
      "FAIL_OPEN",
      "FAIL_RELOAD",
    ]),
  )
  .option("--config <json|file>", "the plugin's configuration")
  .option("--env <name[=value]>", "for the VM; without a value the proxy's own variable", variable)
  .option("--debug", "logs at debug")
  .option("--secure", "only with a digest, and closed when it fails")
  .option("--canary <url>", "a second version beside it, for pods with another label")
  .option("--canary-sha256 <digest>", "of the second version")
  .option("--canary-label <labels>", "of its pods; track=canary without it", labels)
  .option("--stable-label <labels>", "of the other pods; track=stable without it", labels)
  .option("--proxy-version <regex>", "EnvoyFilter: only proxies of these releases")
  .option("--listen <port>", "bootstrap: where Envoy listens", port, 10000)
  .option("--admin-port <port>", "bootstrap: Envoy's admin pages, on the loopback", port, 9901)
  .option("--upstream <host:port>", "bootstrap: where requests go", "127.0.0.1:8080")
  .option("--module <file>", "bootstrap: the module; what `apw build` makes without it")
  .option("-o, --output <file|folder>", "writes there; prints without it")
  .option("--force", "overwrites what is there")
  .addHelpText(
    "after",
    `
Phase, mode and failure strategy are chosen as the plugin needs them, and each choice is explained in the file. For what
a plugin calls outside of the mesh it adds a ServiceEntry, and for TLS a DestinationRule.

Examples
  apw manifest basic-auth --image oci://registry.example.com/basic-auth:1.0 --selector app=web --config auth.yaml
  apw manifest jwt-validator rbac-enforcer --gateway main        several, in this order
  apw manifest cache --secure --sha256 3c8b...                   only this image, closed when it fails
  apw manifest hello --canary oci://r.example.com/hello:2.0 --selector app=web
  apw manifest --kind envoyfilter hello --image https://files.example.com/hello.wasm --sha256 3c8b... --selector app=web
  apw manifest --kind bootstrap hello --upstream 127.0.0.1:8080 -o envoy.yaml
  apw manifest --kind ecds hello -o envoy/                       filters that change without a restart`,
  )
  .action(async (words: string[], options: ManifestOptions) => {
    const { manifest: run } = await import("../manifest/command.js");
    await run(words, options);
  });
