import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bootstrap, type HttpListener } from "../envoy/bootstrap.js";
import { findEnvoy } from "../envoy/find.js";
import type { WasmFilter } from "../envoy/filters.js";
import { Envoy, type LogLevel as EnvoyLevel } from "../envoy/process.js";
import { request, requestHttp2 } from "../request.js";
import { type SeenRequest, Upstream } from "../upstream.js";
import { bodyOf, onTheWire, pairsOf } from "./bytes.js";
import { moduleFile } from "./modules.js";
import { answerOf } from "./play.js";
import { configurationOf, entriesOf, type Role } from "./role.js";
import type { LogLevel, PluginEntry, RequestToSend, RouteEntry, Scenario } from "./scenario.js";
import type { LogLine, Received, Stage } from "./stage.js";

/**
 * One Envoy for several scenarios: a listener and VMs for each. The listeners come by the file-based discovery service:
 * one that Envoy refuses does not keep it from taking the others, and is refused in the way of a running mesh. The
 * scenarios share the upstream, and are played one after the other.
 */
export class EnvoyTheatre {
  private barriers = 0;
  private playing = -1;
  private readonly harmSeen = { lines: 0 };

  private constructor(
    private readonly roles: readonly Role[],
    private readonly envoy: Envoy,
    private readonly upstream: Upstream,
    private readonly folder: string,
  ) {}

  static async open(roles: readonly Role[]): Promise<EnvoyTheatre> {
    const folder = await mkdtemp(join(tmpdir(), "as-proxy-wasm-scenarios-"));
    const upstream = await Upstream.start();
    try {
      const file = join(folder, "listeners.json");
      await writeFile(file, JSON.stringify(await discoveryResponse(roles)));
      const level = roles[0]?.scenario.host?.log_level ?? "info";
      const envoy = await Envoy.start({
        binary: (await findEnvoy()).path,
        listeners: [barrier],
        clusters: [{ name: "upstream", address: { port: upstream.port }, http1Trailers: true }],
        componentLogLevels: {
          wasm: level === "warn" ? "warning" : (level satisfies EnvoyLevel),
          lua: "error",
        },
        more: { dynamic_resources: { lds_config: { path_config_source: { path: file } } } },
      });
      return new EnvoyTheatre(roles, envoy, upstream, folder);
    } catch (error) {
      await upstream.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Sets one of the scenarios up: from now on the upstream answers as it says. */
  stage(role: Role): Stage {
    const index = this.roles.indexOf(role);
    if (index < 0) throw new Error(`${role.scenario.name} is not played here`);
    if (index === this.playing) throw new Error(`${role.scenario.name} was played already`);
    this.playing = index;
    const { scenario } = role;
    this.upstream.answer = (seen) => answerOf(scenario.upstream, seen);
    const before = this.upstream.requests.length;
    const { envoy, upstream } = this;
    const listener = listenerName(index);
    const harm = () => this.newHarm();
    const log = () => this.log(alone(scenario) ? null : listener);
    return {
      refused: !envoy.ports.has(listener),
      get seen(): SeenRequest[] {
        return upstream.requests.slice(before);
      },
      send: (asked) => send(envoy.port(listener), asked),
      wait: async (milliseconds) => void (await sleep(milliseconds)),
      log,
      metrics: async () => ownMetrics(await envoy.admin.stats(`^${ownStats}`)),
      harm,
    };
  }

  async close(): Promise<void> {
    const byItself = await this.envoy.stop();
    await this.upstream.stop();
    await rm(this.folder, { recursive: true, force: true });
    if (!byItself) throw new Error(`Envoy did not end when it was told to:\n${this.envoy.log.tail(30)}`);
  }

  /**
   * The lines of a VM. The only worker answers the barrier's request after all that it was asked before, and writes the
   * barrier's line after all that it logged before.
   */
  private async log(vmId: string | null): Promise<LogLine[]> {
    const mark = `/${++this.barriers}`;
    await request(this.envoy.port(barrier.name), { path: mark });
    await this.envoy.waitForLog(new RegExp(`script log: barrier ${mark}$`));
    return this.envoy.log.lines.flatMap((line) => {
      const found = /^\[[^\]]+\]\[\d+\]\[(\w+)\]\[wasm\].*? wasm log([^:]*): (.*)$/.exec(line);
      if (!found || (vmId !== null && !found[2]!.endsWith(` ${vmId}`))) return [];
      const level = found[1] === "warning" ? "warn" : (found[1] as LogLevel);
      return [{ level, text: found[3]! }];
    });
  }

  /** Traps since the question before, and the end of Envoy. */
  private newHarm(): string[] {
    const { log, ended } = this.envoy;
    const traps = log.matching(/Uncaught RuntimeError|wasm_fail_stream/, this.harmSeen.lines);
    this.harmSeen.lines = log.mark;
    return ended === null ? traps : [...traps, `Envoy ended with ${ended}:\n${log.tail(30)}`];
  }
}

/**
 * The scenarios that one Envoy can play: those whose host is told the same, but for those that look at what is shared
 * in a process (metrics) or name their VM, which are alone.
 */
export function casts(roles: readonly Role[]): Role[][] {
  const casts = new Map<string, Role[]>();
  for (const [index, role] of roles.entries()) {
    const key = alone(role.scenario) ? `alone ${index}` : (role.scenario.host?.log_level ?? "info");
    casts.set(key, [...(casts.get(key) ?? []), role]);
  }
  return [...casts.values()];
}

const alone = (scenario: Scenario) =>
  scenario.metrics !== undefined || (scenario.plugins ?? []).some(({ vm_id: id }) => id !== undefined);

const listenerName = (index: number) => `scenario-${index}`;
const ownStats = "wasmcustom\\.";

function ownMetrics(stats: Map<string, number>): Map<string, number> {
  return new Map([...stats].map(([name, value]) => [name.replace(new RegExp(`^${ownStats}`), ""), value]));
}

/** A listener without plugins that writes the path of each request into Envoy's log. */
const barrier: HttpListener = {
  name: "barrier",
  routes: [{ direct: { status: 200 } }],
  filters: [
    {
      name: "barrier",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
        default_source_code: {
          inline_string:
            "function envoy_on_request(handle)\n" +
            "  handle:logErr('barrier ' .. handle:headers():get(':path'))\n" +
            "end",
        },
      },
    },
  ],
};

async function discoveryResponse(roles: readonly Role[]): Promise<object> {
  const listeners: HttpListener[] = [];
  for (const [index, role] of roles.entries()) listeners.push(await listenerOf(role, listenerName(index)));
  const { static_resources: resources } = bootstrap({ listeners, clusters: [] });
  const entries = (resources as { listeners: object[] }).listeners;
  const type = "type.googleapis.com/envoy.config.listener.v3.Listener";
  return { resources: entries.map((entry) => ({ "@type": type, ...entry })) };
}

async function listenerOf(role: Role, name: string): Promise<HttpListener> {
  const filters: WasmFilter[] = [];
  for (const entry of entriesOf(role)) filters.push(await filterOf(entry, name));
  return { name, http1Trailers: true, routes: (role.scenario.routes ?? [{}]).map(routeOf), filters };
}

async function filterOf(entry: PluginEntry, vmId: string): Promise<WasmFilter> {
  const configuration = configurationOf(entry);
  return {
    name: entry.name ?? entry.plugin,
    rootId: entry.root_id ?? entry.plugin,
    vmId: entry.vm_id ?? vmId,
    code: await moduleFile(entry.plugin),
    ...(configuration !== undefined && { configuration }),
  };
}

function routeOf({ name, prefix, path, reply }: RouteEntry) {
  return {
    ...(name !== undefined && { name }),
    ...(prefix !== undefined && { prefix }),
    ...(path !== undefined && { path }),
    ...(reply ? { direct: reply } : { cluster: "upstream" }),
  };
}

async function send(port: number, asked: RequestToSend): Promise<Received> {
  const { method, path, authority, headers, body, trailers, http2 } = asked;
  const fields = pairsOf(headers);
  if (authority !== undefined) fields.unshift([http2 ? ":authority" : "host", authority]);
  return (http2 ? requestHttp2 : request)(port, {
    headers: fields,
    ...(method !== undefined && { method }),
    ...(path !== undefined && { path: onTheWire(path) }),
    ...(body !== undefined && { body: bodyOf(body) }),
    ...(trailers && { trailers: pairsOf(trailers) }),
  });
}
