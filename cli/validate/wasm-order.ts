import { comesAfter } from "../istio/roles.js";
import type { WasmPlugin } from "../istio/types.js";
import type { Finding } from "./finding.js";

const rule = "wasmplugin";

/** Comments of those who think that the low number runs first. */
const saysLowFirst =
  /\b(low|small)(er|est)?\b[^.:;,]{0,30}\b(first|before|earlier)\b|\bhigh(er|est)?\b[^.:;,]{0,30}\b(last|later)\b/i;

/** What is wrong with several WasmPlugins beside each other: their order. */
export function orderAmong(
  plugins: readonly { value: WasmPlugin; plugin: string | null; text: string }[],
): { index: number; finding: Finding }[] {
  const found: { index: number; finding: Finding }[] = [];
  const place = ["spec", "priority"];
  const at = (index: number): number => plugins[index]!.value.spec.priority ?? 0;
  const nameOf = (index: number) => plugins[index]!.value.metadata.name;
  for (const [index, { value, plugin, text }] of plugins.entries()) {
    const said = /priority:[^\n#]*#([^\n]*)|#([^\n]*)\n\s*priority:/i.exec(text);
    const comment = said?.[1] ?? said?.[2] ?? "";
    if (saysLowFirst.test(comment))
      found.push({
        index,
        finding: {
          level: "warning",
          rule: `${rule}/priority-order`,
          place,
          message:
            "the comment reads as if low numbers ran first: within a phase the higher priority runs first",
          proposal: "Turn the numbers round, or the comment.",
        },
      });
    const mustComeBefore = comesAfter[plugin ?? ""] ?? [];
    for (const [other, entry] of plugins.entries()) {
      if (other === index || !mustComeBefore.includes(entry.plugin ?? "")) continue;
      if (!meet(value, entry.value) || phaseOf(value) !== phaseOf(entry.value)) continue;
      if (at(index) > at(other))
        found.push({
          index,
          finding: {
            level: "warning",
            rule: `${rule}/priority-order`,
            place,
            message: `${nameOf(index)} (priority ${at(index)}) runs before ${nameOf(other)} (priority ${at(other)}), on which it relies: the higher number runs first`,
            proposal: `Give ${nameOf(index)} a lower priority than ${nameOf(other)}.`,
          },
        });
    }
  }
  found.push(...ascending(plugins));
  return found;
}

/** Plugins of one phase whose numbers rise as one reads on: so one writes who thinks that low comes first. */
function ascending(plugins: readonly { value: WasmPlugin }[]): { index: number; finding: Finding }[] {
  const found: { index: number; finding: Finding }[] = [];
  for (const phase of new Set(plugins.map(({ value }) => phaseOf(value)))) {
    const group = [...plugins.entries()].filter(
      ([, { value }]) => phaseOf(value) === phase && typeof value.spec.priority === "number",
    );
    if (group.length < 2 || !group.every(([, { value }]) => meet(value, group[0]![1].value))) continue;
    const numbers = group.map(([, { value }]) => value.spec.priority!);
    const counts = numbers.every(
      (number, index) => number === numbers[0]! + index && number <= 20 && number >= 0,
    );
    if (!counts) continue;
    const names = group.map(([, { value }]) => value.metadata.name);
    found.push({
      index: group[group.length - 1]![0],
      finding: {
        level: "warning",
        rule: `${rule}/priority-order`,
        place: ["spec", "priority"],
        message: `the priorities count up (${numbers.join(", ")}) as if low came first: Istio runs ${[...names].reverse().join(", then ")}`,
        proposal:
          "Turn the numbers round where the order of the file is meant; else leave gaps between them.",
      },
    });
  }
  return found;
}

const phaseOf = ({ spec }: WasmPlugin) => (spec.phase === "UNSPECIFIED_PHASE" ? undefined : spec.phase);

/** True where two plugins can be in one proxy, as far as their own words say. */
function meet(one: WasmPlugin, other: WasmPlugin): boolean {
  if (one.metadata.namespace !== other.metadata.namespace) return false;
  const labels = other.spec.selector?.matchLabels ?? {};
  return Object.entries(one.spec.selector?.matchLabels ?? {}).every(
    ([key, value]) => labels[key] === undefined || labels[key] === value,
  );
}
