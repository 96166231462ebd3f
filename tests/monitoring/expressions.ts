import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../cli/root.js";

/** A rule of Prometheus's: it writes a series, or raises an alert. */
export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
}

export const rulesFile = join(root, "monitoring", "rules.yaml");

export async function rules(): Promise<Rule[]> {
  const { groups } = parse(await readFile(rulesFile, "utf8")) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
}

export interface Panel {
  id: number;
  title: string;
  description: string;
  gridPos: { h: number; w: number; x: number; y: number };
  targets: { expr: string }[];
}

export interface Dashboard {
  uid: string;
  schemaVersion: number;
  templating: { list: { name: string; type: string; definition?: string }[] };
  panels: Panel[];
}

export const dashboard = async (): Promise<Dashboard> =>
  JSON.parse(await readFile(join(root, "monitoring", "dashboard.json"), "utf8")) as Dashboard;

/** An expression of the dashboard as Grafana sends it: with values for its variables. */
export const filledIn = (expr: string): string =>
  expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$(instance|plugin)\b/g, ".*");

/** What selects series in an expression: names, and patterns of names. */
export function selected(expr: string): { names: string[]; patterns: RegExp[] } {
  const patterns = [...expr.matchAll(/__name__=~"([^"]*)"/g)].map(
    ([, pattern]) => new RegExp(`^(?:${pattern})$`),
  );
  const bare = expr.replaceAll(/"[^"]*"/g, '""').replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, "");
  // What is neither a function, a keyword, nor a label: all metrics here have a _ or a : in their names.
  const names = [...bare.matchAll(/(?<![\w:.$])([a-z][\w]*[_:][\w:]*)(?!\s*[(=!]|[\w:])/g)].map(
    ([, name]) => name!,
  );
  return { names: [...new Set(names.filter((name) => !name.startsWith("__")))], patterns };
}
