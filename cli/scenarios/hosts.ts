/** A host that plays scenarios. */
export type HostName = "embedded" | "envoy";

/** What `AS_PROXY_WASM_SCENARIO_HOST` names: one of the hosts, or `both`, as without it. */
export function chosenHosts(name = process.env["AS_PROXY_WASM_SCENARIO_HOST"] || "both"): HostName[] {
  if (name === "both") return ["embedded", "envoy"];
  if (name === "embedded" || name === "envoy") return [name];
  throw new Error(`AS_PROXY_WASM_SCENARIO_HOST is "${name}": expected embedded, envoy or both`);
}

/**
 * The scenarios that have the text of `AS_PROXY_WASM_SCENARIO_FILTER` in their file or name; all without it. Throws when
 * there are none, which would pass for success.
 */
export function chosenScenarios<T extends { file: string; scenario: { name: string } }>(
  scenarios: readonly T[],
  filter = process.env["AS_PROXY_WASM_SCENARIO_FILTER"] ?? "",
): T[] {
  const chosen = scenarios.filter(({ file, scenario }) => `${file}\n${scenario.name}`.includes(filter));
  if (chosen.length > 0) return chosen;
  throw new Error(`no scenario has "${filter}" in its file or name (AS_PROXY_WASM_SCENARIO_FILTER)`);
}
