import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import { type DiscoveredFilter, httpFilter, type NativeFilter, networkFilter } from "../envoy/filters.js";
import type { FoundEnvoy } from "../envoy/find.js";
import { Envoy, EnvoyRefused } from "../envoy/process.js";
import { Changes } from "./changes.js";
import { envoyOptions, listenerName, wasmFilter } from "./envoy-bootstrap.js";
import { accessLog, readAccessLine, readLogLine, upstreamFailures } from "./envoy-lines.js";
import type { Emit } from "./events.js";
import { Refused, type ServingHost, type Settings } from "./host.js";
import type { Link } from "./links.js";
import { WrongUse } from "../terminal.js";

/** How long Envoy may take for a new version of a filter, in milliseconds. */
const patience = 20_000;

/** How long it may take until it hears of one, in milliseconds: it takes some hundredths of a second. */
const unheard = 4_000;

/**
 * An Envoy with the plugins in a chain. Each filter is in a file of its own that Envoy watches: another version takes
 * its place for the streams that come, and those under way go on with what they began with. No connection hears of it.
 */
export class EnvoyHost implements ServingHost {
  private readonly versions = new Map<string, number>();
  private readonly changes: Changes;
  /** What was said since something new was put before Envoy. */
  private said: { plugin: string | null; level: string; message: string }[] = [];
  private lastPlugin: { plugin: string | null; level: string } = { plugin: null, level: "info" };
  private readonly names: string[];
  private envoy: Envoy | undefined;

  private constructor(
    private readonly folder: string,
    private readonly settings: Settings,
    links: readonly Link[],
    private readonly emit: Emit,
  ) {
    this.names = links.map(({ name }) => name);
    this.changes = new Changes(links.filter(({ isNetwork }) => !isNetwork).map(({ name }) => name));
  }

  /** `folder` is the run's own, and whoever made it takes it away. */
  static async start(
    found: FoundEnvoy,
    folder: string,
    links: readonly Link[],
    settings: Settings,
    emit: Emit,
  ): Promise<EnvoyHost> {
    const host = new EnvoyHost(folder, settings, links, emit);
    try {
      await host.begin(found, links);
      return host;
    } catch (error) {
      await host.stop();
      throw error;
    }
  }

  get port(): number {
    return this.running.port(listenerName);
  }

  get adminPort(): number {
    return Number(this.running.admin.address.split(":").at(-1));
  }

  get ended(): Promise<string> {
    return this.running.whenEnded.then((how) => {
      const last = this.running.log.matching(/\]\[(error|critical)\]/).at(-1);
      return `Envoy ended by itself (${how ?? "it is not known how"})${last === undefined ? "" : `: ${last}`}`;
    });
  }

  async replace(link: Link): Promise<void> {
    const before = await this.discovery(link.name);
    this.said = [];
    let version = await this.publish(link);
    const deadline = Date.now() + patience;
    let published = Date.now();
    while (Date.now() < deadline) {
      const now = await this.discovery(link.name);
      if (now.rejected > before.rejected) throw await this.refusal(link.name);
      if (now.version === String(version)) return;
      // What Envoy did not hear of is put before it once more.
      if (Date.now() - published > unheard) {
        version = await this.publish(link);
        published = Date.now();
      }
      await sleep(15);
    }
    throw new Refused(link.name, [`Envoy did not take it within ${patience / 1000} s`]);
  }

  async stop(): Promise<void> {
    await this.envoy?.stop(5000);
  }

  private get running(): Envoy {
    if (this.envoy === undefined) throw new Error("Envoy is not running");
    return this.envoy;
  }

  private async begin(found: FoundEnvoy, links: readonly Link[]): Promise<void> {
    await mkdir(join(this.folder, "filters"), { recursive: true });
    const authorities = join(this.folder, "authorities.pem");
    await writeFile(authorities, await believedAuthorities());
    for (const link of links) await this.publish(link);
    const probe = await readFile(new URL("probe.lua", import.meta.url), "utf8");
    const { diff, logLevel, concurrency } = this.settings;
    const start = (probed: boolean) =>
      Envoy.start({
        ...envoyOptions({
          settings: this.settings,
          links,
          filterOf: (link) => this.discovered(link),
          ...(probed && { probeAt: (place: number) => probeFilter(place, probe) }),
          accessLog: accessLog(probed ? undefined : upstreamFailures),
          authorities,
          alone: true,
        }),
        binary: found.path,
        concurrency,
        logLevel: isVerbose(logLevel) ? "info" : "warning",
        componentLogLevels: { wasm: logLevel, lua: "info", config: "warning" },
        words: ["--file-flush-interval-msec", "50"],
        keepLines: 500,
        detached: true,
        onLogLine: (line) => this.onLogLine(line),
        onOutputLine: (line) => this.onAccessLine(line),
      });
    this.envoy = await start(diff).catch((error: unknown) => {
      if (!(diff && error instanceof EnvoyRefused && error.reason.includes("envoy.filters.http.lua")))
        throw asRefused(error, this.said);
      this.emit({ event: "warning", message: "this Envoy has no Lua: what plugins change is not shown" });
      return start(false);
    });
    for (const { name } of links)
      if ((await this.discovery(name)).version === "") throw await this.refusal(name);
  }

  /** Writes the next version of a filter where Envoy looks for it. */
  private async publish(link: Link): Promise<number> {
    const version = (this.versions.get(link.name) ?? 0) + 1;
    this.versions.set(link.name, version);
    const filter = wasmFilter(link, this.settings);
    const { typed_config } = (link.isNetwork ? networkFilter : httpFilter)(filter) as NativeFilter;
    const resource = {
      "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
      name: link.name,
      typed_config,
    };
    const file = this.filterFile(link.name);
    await writeFile(`${file}.next`, JSON.stringify({ version_info: String(version), resources: [resource] }));
    await rename(`${file}.next`, file); // Envoy hears of files that are moved
    return version;
  }

  private readonly filterFile = (name: string) => join(this.folder, "filters", `${name}.json`);

  private discovered({ name, isNetwork }: Link): DiscoveredFilter {
    const kind = isNetwork ? "network" : "http";
    return {
      name,
      config_discovery: {
        config_source: {
          path_config_source: { path: this.filterFile(name) },
          resource_api_version: "V3",
        },
        type_urls: [`type.googleapis.com/envoy.extensions.filters.${kind}.wasm.v3.Wasm`],
      },
    };
  }

  /** Which version of a filter Envoy has taken, and how many it has not. */
  private async discovery(name: string): Promise<{ version: string; rejected: number }> {
    const escaped = name.replaceAll(".", "\\.");
    const filter = `^extension_config_discovery\\..*\\.${escaped}\\.(version_text|update_rejected)$`;
    const text = await this.running.admin.text(`/stats?filter=${encodeURIComponent(filter)}`);
    return {
      version: /version_text: "(.*)"/.exec(text)?.[1] ?? "",
      rejected: Number(/update_rejected: (\d+)/.exec(text)?.[1] ?? 0),
    };
  }

  /** What was said of a plugin that Envoy did not take: its own words, and Envoy's where it had none. */
  private async refusal(name: string): Promise<Refused> {
    await sleep(100); // the log comes another way than the statistics
    return new Refused(name, reasons(name, this.said));
  }

  private onLogLine(line: string): void {
    const read = readLogLine(line, this.names);
    if (read.kind === "probe") return this.changes.see(read.sighting);
    if (read.kind === "plugin") return this.tell(read.plugin, read.level, read.message);
    if (read.kind === "more") return this.tell(this.lastPlugin.plugin, this.lastPlugin.level, read.message);
    const isWasm = read.kind === "wasm" || read.component === "config";
    if (isWasm) this.said.push({ plugin: null, level: read.level, message: read.message });
    this.lastPlugin = { plugin: null, level: read.level };
    if (isVerbose(this.settings.logLevel) || isTrap(read.message)) this.show(null, read.level, read.message);
  }

  private tell(plugin: string | null, level: string, message: string): void {
    this.lastPlugin = { plugin, level };
    this.said.push({ plugin, level, message });
    if (this.said.length > 2000) this.said.splice(0, 1000);
    if (plugin !== null || isVerbose(this.settings.logLevel) || isTrap(message))
      this.show(plugin, level, message);
  }

  private show(plugin: string | null, level: string, message: string): void {
    this.emit({ event: "log", plugin: plugin ?? "envoy", level, message });
  }

  private onAccessLine(line: string): void {
    const end = readAccessLine(line);
    // What was seen comes by the log, which may be a little later than this.
    if (end !== null) setTimeout(() => this.emit({ event: "diff", ...this.changes.end(end) }), 20);
  }
}

const isVerbose = (level: string) => level === "trace" || level === "debug";

/** A module trapped: the VM is dead, and Envoy says where. */
const isTrap = (message: string) =>
  /^Function: .* failed: |^Proxy-Wasm plugin in-VM backtrace|^ {2}\d+: +0x/.test(message);

function asRefused(
  error: unknown,
  said: readonly { plugin: string | null; level: string; message: string }[],
) {
  if (!(error instanceof EnvoyRefused)) return error;
  const { reason } = error;
  if (/cannot bind|Address already in use/.test(reason))
    return new WrongUse(
      `Envoy cannot listen there (${reason}): choose other ports with --port and --admin-port`,
    );
  return new Refused("the configuration", [reason, ...reasons("", said)]);
}

function reasons(
  name: string,
  said: readonly { plugin: string | null; level: string; message: string }[],
): string[] {
  const bad = ["warning", "error", "critical"];
  const own = said.filter(({ plugin, level }) => plugin === name && bad.includes(level));
  const host = said.filter(
    ({ plugin, message }) =>
      plugin === null && !/^Plugin .* failed to load$|fail closed|Filesystem config update/.test(message),
  );
  const chosen = own.length > 0 ? own : host.length > 0 ? host : said;
  const lines = [...new Set(chosen.map(({ message }) => message))].slice(0, 20);
  return lines.length > 0 ? lines : ["Envoy gives no reason"];
}

function probeFilter(place: number, text: string): NativeFilter {
  return {
    name: `apw.probe.${place}`,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
      default_source_code: { inline_string: `local place = ${place}\n${text}` },
    },
  };
}

/** The same authorities that Node believes, so that both hosts trust the same services. */
async function believedAuthorities(): Promise<string> {
  const more = process.env["NODE_EXTRA_CA_CERTS"];
  return [...rootCertificates, ...(more ? [await readFile(more, "utf8")] : [])].join("\n");
}
