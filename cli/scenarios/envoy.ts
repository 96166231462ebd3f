import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findEnvoy } from "../envoy/find.js";
import { Envoy, type LogLevel as EnvoyLevel } from "../envoy/process.js";
import { request, requestHttp2, Unanswered } from "../request.js";
import { contentOf, jsonFields, onTheWire, pairsOf } from "./bytes.js";
import { barrier, passBarrier } from "./envoy-barrier.js";
import { isAlone } from "./envoy-casts.js";
import { discoveryResponse, listenerName } from "./envoy-listeners.js";
import { metricsOf } from "./envoy-metrics.js";
import { EnvoyServices } from "./envoy-services.js";
import { libraryModules } from "./modules.js";
import { framesOf } from "../check/trap.js";
import type { Role } from "./role.js";
import type { LogLevel, RequestToSend } from "./scenario.js";
import type { Harm, LogLine, Received, Stage } from "./stage.js";
import { removeScratch, scratchFolder } from "../scratch.js";

/** How long something may take that nothing in a scenario waits for, in milliseconds. */
const patience = 1000;

/**
 * One Envoy for several scenarios: a listener and VMs for each. The listeners come by the file-based discovery service:
 * one that Envoy refuses does not keep it from taking the others, and is refused in the way of a running mesh. The
 * scenarios share the upstream, and are played one after the other.
 */
export class EnvoyTheatre {
  private playing: Role | undefined;
  private harmSeen = 0;

  private constructor(
    private readonly roles: readonly Role[],
    private readonly envoy: Envoy,
    private readonly services: EnvoyServices,
    private readonly workers: number,
    private readonly folder: string,
  ) {}

  /** `binary` is the Envoy to be run; what `findEnvoy` finds without it. */
  static async open(
    roles: readonly Role[],
    modules = libraryModules,
    binary?: string,
  ): Promise<EnvoyTheatre> {
    const folder = await scratchFolder(join(tmpdir(), "as-proxy-wasm-scenarios-"));
    const { scenario } = roles[0]!;
    const services = await EnvoyServices.open(roles.length === 1 ? scenario : {});
    try {
      const file = join(folder, "listeners.json");
      await writeFile(file, JSON.stringify(await discoveryResponse(roles, modules)));
      const { log_level: level = "info", workers = 1 } = scenario.host ?? {};
      const envoy = await Envoy.start({
        binary: binary ?? (await findEnvoy()).path,
        concurrency: workers,
        listeners: [barrier],
        clusters: services.clusters,
        componentLogLevels: {
          wasm: level === "warn" ? "warning" : (level satisfies EnvoyLevel),
          lua: "error",
        },
        more: {
          stats_flush_interval: "0.1s",
          dynamic_resources: { lds_config: { path_config_source: { path: file } } },
        },
      });
      return new EnvoyTheatre(roles, envoy, services, workers, folder);
    } catch (error) {
      await services.stop();
      await removeScratch(folder);
      throw error;
    }
  }

  /** Sets one of the scenarios up: from now on the upstream answers as it says. */
  async stage(role: Role): Promise<Stage> {
    const index = this.roles.indexOf(role);
    const { scenario } = role;
    if (index < 0) throw new Error(`${scenario.name} is not played here`);
    if (this.playing === role) throw new Error(`${scenario.name} was played already`);
    this.playing = role;
    const { envoy, services } = this;
    if (this.roles.length > 1) await services.restart(scenario);
    const listener = listenerName(index);
    return {
      refused: !envoy.ports.has(listener),
      patience,
      services: services.names,
      seen: (service) => services.seen(service),
      send: (asked) => send(envoy.port(listener), asked),
      change: (changed) => services.change(changed),
      wait: async (milliseconds) => void (await sleep(milliseconds)),
      log: () => this.log(isAlone(scenario) ? null : listener),
      metrics: () => metricsOf(envoy.admin),
      harm: () => this.newHarm(),
    };
  }

  async close(): Promise<void> {
    const byItself = await this.envoy.stop();
    await this.services.stop();
    await removeScratch(this.folder);
    if (!byItself) throw new Error(`Envoy did not end when it was told to:\n${this.envoy.log.tail(30)}`);
  }

  /** The lines of a VM, or of all. */
  private async log(vmId: string | null): Promise<LogLine[]> {
    await passBarrier(this.envoy, this.workers);
    return this.envoy.log.lines.flatMap((line) => {
      const found = /^\[[^\]]+\]\[\d+\]\[(\w+)\]\[wasm\].*? wasm log([^:]*): (.*)$/.exec(line);
      if (!found || (vmId !== null && !found[2]!.endsWith(` ${vmId}`))) return [];
      const level = found[1] === "warning" ? "warn" : (found[1] as LogLevel);
      return [{ level, text: found[3]! }];
    });
  }

  private newHarm(): Harm[] {
    const { log, ended } = this.envoy;
    const lines = log.lines.slice(this.harmSeen);
    this.harmSeen = log.mark;
    const harm = lines.flatMap((text, index) =>
      /Uncaught RuntimeError|wasm_fail_stream/.test(text)
        ? [{ isTrap: true, text: [text, ...traceAt(lines, index + 1)].join("\n") }]
        : [],
    );
    if (ended === null) return harm;
    return [...harm, { isTrap: false, text: `Envoy ended with ${ended}:\n${log.tail(30)}` }];
  }
}

/** The lines of a trap's trace, which begins there; none where none does. */
function traceAt(lines: readonly string[], begin: number): string[] {
  if (!/in-VM backtrace:$/.test(lines[begin] ?? "")) return [];
  const end = lines.findIndex((line, index) => index > begin && framesOf(line).length === 0);
  return lines.slice(begin, end < 0 ? undefined : end);
}

async function send(port: number, asked: RequestToSend): Promise<Received> {
  const { method, path, authority, headers, trailers, http2 } = asked;
  const { delay_ms: delay, body_delay_ms: pieceDelay, leaves_after_ms: leaveAfter } = asked;
  const fields = [...pairsOf(headers), ...jsonFields(asked)];
  if (authority !== undefined) fields.unshift([http2 ? ":authority" : "host", authority]);
  const content = contentOf(asked);
  if (delay !== undefined) await sleep(delay);
  try {
    return await (http2 ? requestHttp2 : request)(port, {
      headers: fields,
      ...(method !== undefined && { method }),
      ...(path !== undefined && { path: onTheWire(path) }),
      ...(content !== undefined && { body: content }),
      ...(trailers && { trailers: pairsOf(trailers) }),
      ...(pieceDelay !== undefined && { pieceDelay }),
      ...(leaveAfter !== undefined && { leaveAfter }),
    });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    return { ...error.received, incomplete: error.message };
  }
}
