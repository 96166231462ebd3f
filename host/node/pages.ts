import { createHash } from "node:crypto";
import type { SharedState } from "../index.js";
import type { Page, Pages } from "./admin.js";
import { logLine, type ProxyLog } from "./log.js";
import type { PluginSpec, ProxyOptions } from "./options.js";
import { prometheusText } from "./prometheus.js";
import type { ProxyStats } from "./stats.js";
import { statsJson, statsText } from "./stats-text.js";

/** What the admin pages are about. */
export interface Shown {
  options: ProxyOptions;
  stats: ProxyStats;
  shared: SharedState;
  log: ProxyLog;
  plugins(): readonly PluginSpec[];
  /** How often other plugins were put in the place of the first ones. */
  reloads(): number;
}

const plain = (text: string): Page => ({ type: "text/plain", text });

export function adminPages(shown: Shown): Pages {
  const { options, stats, shared, log } = shown;
  const tags = options.statsTags ?? [];
  const chosen = (query: URLSearchParams) => {
    const filter = new RegExp(query.get("filter") ?? "");
    return stats.all(shared).filter(({ name }) => filter.test(name));
  };
  return {
    "/ready": () => plain("LIVE\n"),
    "/stats": (query) => {
      const format = query.get("format") ?? "text";
      if (format === "prometheus") return plain(prometheusText(chosen(query), tags));
      if (format === "json") return { type: "application/json", text: statsJson(chosen(query)) };
      return plain(statsText(chosen(query)));
    },
    "/stats/prometheus": (query) => plain(prometheusText(chosen(query), tags)),
    "/logs": () => plain(log.entries.map((entry) => `${logLine(entry)}\n`).join("")),
    "/config_dump": () => ({ type: "application/json", text: JSON.stringify(configuration(shown), null, 1) }),
  };
}

function configuration({ options, plugins, reloads }: Shown): object {
  const urls = Object.entries(options.clusters ?? {}).map(([name, url]) => [name, url.href]);
  return {
    plugins: plugins().map(describe),
    upstream: options.upstream.origin,
    clusters: Object.fromEntries(urls) as Record<string, string>,
    workers: options.workers ?? 1,
    reloads: reloads(),
  };
}

function describe(plugin: PluginSpec): object {
  const { wasm, environment, ...rest } = plugin;
  return {
    ...rest,
    configuration: shownConfiguration(plugin.configuration),
    vmConfiguration: shownConfiguration(plugin.vmConfiguration),
    // Secrets often come in the environment.
    environment: Object.keys(environment ?? {}),
    ...(wasm instanceof Uint8Array && {
      module: { bytes: wasm.length, sha256: createHash("sha256").update(wasm).digest("hex") },
    }),
  };
}

const shownConfiguration = (value: PluginSpec["configuration"]) =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
