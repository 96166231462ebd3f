import { type CANCEL_SYMBOL, isCancel, select, text } from "@clack/prompts";
import { bundledPlugins } from "../project/plugin.js";
import { WrongUse } from "../terminal.js";
import { parseModuleUrl } from "../validate/url.js";
import { recommendedManifest } from "../istio/roles.js";
import { readLabels } from "../words/labels.js";
import type { Wish } from "./plan.js";

/** Asks at a terminal for what a WasmPlugin needs. Throws `WrongUse` when somebody turns away. */
export async function ask(): Promise<Wish> {
  const plugin = answered(
    await select({
      message: "Which plugin?",
      options: (await bundledPlugins()).map((name) => ({ value: name, label: name })),
      maxItems: 10,
    }),
  );
  const usual = recommendedManifest(plugin)?.value.spec;
  const image = answered(
    await text({
      message: "Where is its image?",
      placeholder: usual?.url ?? "",
      defaultValue: usual?.url ?? "",
      validate: (answer) =>
        answer && !["oci", "http", "https"].includes(parseModuleUrl(answer)?.scheme ?? "")
          ? "Write oci://host/name:tag, or https://host/file.wasm."
          : undefined,
    }),
  );
  const sha256 = answered(
    await text({
      message: "Which digest must it have? (Enter for none)",
      defaultValue: "",
      validate: (answer) =>
        answer && !/^[a-f0-9]{64}$/.test(answer)
          ? "64 hexadecimal digits in lower case, as `apw image push` prints them."
          : undefined,
    }),
  );
  const where = answered(
    await select({
      message: "Where does it run?",
      options: [
        { value: "labels", label: "before pods with a label" },
        { value: "gateway", label: "at a Gateway of the Gateway API" },
        { value: "ingress", label: "at Istio's ingress gateway" },
        { value: "namespace", label: "before all pods of a namespace" },
      ],
    }),
  );
  const namespace = answered(
    await text({ message: "In which namespace?", placeholder: "default", defaultValue: "default" }),
  );
  const target =
    where === "labels"
      ? {
          labels: labelsOf(
            answered(
              await text({ message: "Which label?", placeholder: "app=web", defaultValue: "app=web" }),
            ),
          ),
        }
      : where === "gateway"
        ? {
            gateway: answered(
              await text({ message: "Which Gateway?", placeholder: "main", defaultValue: "main" }),
            ),
          }
        : where === "ingress"
          ? { labels: { istio: "ingressgateway" } }
          : ("namespace" as const);
  return { plugin, image, namespace, target, ...(sha256 !== "" && { sha256 }) };
}

function labelsOf(words: string): Record<string, string> {
  const labels = readLabels(words);
  if (labels === null) throw new WrongUse(`${words}: expected labels as name=value`);
  return labels;
}

function answered<T>(answer: T | typeof CANCEL_SYMBOL): T {
  if (isCancel(answer)) throw new WrongUse("nothing was made");
  return answer;
}
