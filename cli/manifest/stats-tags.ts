import type { Deployment } from "./deployment.js";

/** The labels that custom-metrics gives its metrics: without rules for them Envoy shows no labels. */
export function labelsOf(deployments: readonly Pick<Deployment, "plugin" | "config">[]): string[] {
  const all = new Set<string>();
  for (const { plugin, config } of deployments) {
    if (plugin !== "custom-metrics") continue;
    const labels = ["method", "response_code_class"];
    const headers = config?.["include_headers"];
    for (const header of Array.isArray(headers) ? headers : []) {
      // As the plugin names them: of two headers that come to one name the second gets a number.
      const plain = String(header)
        .toLowerCase()
        .replace(/[^a-z0-9]/g, "_");
      let name = plain;
      for (let number = 2; labels.includes(name); number++) name = `${plain}_${number}`;
      labels.push(name);
    }
    for (const label of labels) all.add(label);
  }
  return [...all];
}

/** Envoy's rules that take those labels out of the names of metrics. */
export const statsTags = (labels: readonly string[]): { name: string; regex: string }[] =>
  labels.map((name) => ({ name, regex: `(${name}=\\.=(.*?);\\.;)` }));

/** What the pods of a WasmPlugin need as an annotation. */
export const annotation = (labels: readonly string[]): string =>
  `sidecar.istio.io/extraStatTags: ${labels.join(",")}`;
