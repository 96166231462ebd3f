import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type HeaderMap, LoadError, LogLevel } from "../../host/index.js";
import {
  PluginRefused,
  type PluginSpec,
  type RunningProxy,
  startProxy,
  type StreamObserver,
} from "../../host/node/index.js";
import { Changes } from "./changes.js";
import { rewrittenHost, urlOf } from "../words/endpoint.js";
import type { Emit } from "./events.js";
import { type Level, levels, Refused, type ServingHost, type Settings } from "./host.js";
import type { Link } from "./links.js";

const logLevels: Record<Level, LogLevel> = {
  trace: LogLevel.Trace,
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warning: LogLevel.Warn,
  error: LogLevel.Error,
  critical: LogLevel.Critical,
};

/** The reverse proxy on the embedded host, with the plugins in a chain. */
export class EmbeddedHost implements ServingHost {
  /** It ends when it is told to, and not before. */
  readonly ended = new Promise<string>(() => {});

  private constructor(
    private readonly proxy: RunningProxy,
    private specs: Map<string, PluginSpec>,
    private readonly settings: Settings,
  ) {}

  static async start(links: readonly Link[], settings: Settings, emit: Emit): Promise<EmbeddedHost> {
    const specs = new Map<string, PluginSpec>();
    for (const link of links) specs.set(link.name, await specOf(link, settings));
    const changes = new Changes(links.map(({ name }) => name));
    const hostOf = rewrittenHost(settings.upstream);
    const clusters = [...settings.clusters].map(([name, endpoint]) => [name, urlOf(endpoint)] as const);
    let streams = 0;
    const proxy = await startProxy({
      plugins: [...specs.values()],
      upstream: urlOf(settings.upstream),
      ...(hostOf !== undefined && { upstreamAuthority: hostOf }),
      clusters: Object.fromEntries(clusters),
      listen: { host: settings.address, port: settings.port },
      admin: { port: settings.adminPort },
      workers: settings.concurrency,
      logLevel: logLevels[settings.logLevel],
      onLog: ({ plugin, level, message }) => {
        if (level < logLevels[settings.logLevel]) return;
        emit({ event: "log", plugin, level: levels[level], message });
      },
      observe: () =>
        settings.diff
          ? new Observer(String(++streams), changes, (seen) => emit({ event: "diff", ...seen }))
          : failuresOnly(changes, emit),
    }).catch((error: unknown) => {
      throw refusedBy(error, links);
    });
    return new EmbeddedHost(proxy, specs, settings);
  }

  get port(): number {
    return this.proxy.port;
  }

  get adminPort(): number {
    return this.proxy.adminPort ?? 0;
  }

  async replace(link: Link): Promise<void> {
    const next = new Map(this.specs).set(link.name, await specOf(link, this.settings));
    await this.proxy.reload([...next.values()]).catch((error: unknown) => {
      throw refusedBy(error, [link]);
    });
    this.specs = next;
  }

  stop(): Promise<void> {
    return this.proxy.stop();
  }
}

async function specOf(link: Link, settings: Settings): Promise<PluginSpec> {
  const { text } = link.configuration;
  return {
    wasm: await readFile(link.module),
    name: link.name,
    rootId: link.rootId,
    vmId: link.name,
    failurePolicy: settings.failPolicy,
    environment: settings.environment,
    ...(text !== undefined && { configuration: text }),
  };
}

function refusedBy(error: unknown, links: readonly Link[]): unknown {
  if (error instanceof PluginRefused) {
    // The host's own words say nothing where the plugin has said why.
    const own = error.errors.filter((line) => !line.startsWith("Wasm VM failed: "));
    return new Refused(error.plugin, own.length > 0 ? own : error.errors);
  }
  if (error instanceof LoadError)
    return new Refused(links.map(({ name }) => name).join(" or "), error.reasons);
  return error;
}

/** Tells only of requests that the upstream did not answer. */
const failuresOnly = (changes: Changes, emit: Emit): StreamObserver => ({
  passed: () => {},
  over: ({ status, failure }) => {
    if (failure === undefined) return;
    const nothing = { stream: "", method: "", path: "", milliseconds: 0 };
    emit({ event: "diff", ...changes.end({ ...nothing, status, failure }) });
  },
});

const begins = 200;

/** Tells of one stream what passes between the plugins. */
class Observer implements StreamObserver {
  private readonly started = performance.now();
  private readonly bodies = new Map<
    string,
    {
      message: "request" | "response";
      place: number;
      size: number;
      hash: ReturnType<typeof createHash>;
      begin: Buffer;
    }
  >();
  private method = "";
  private path = "";

  constructor(
    private readonly stream: string,
    private readonly changes: Changes,
    private readonly onEnd: (changes: ReturnType<Changes["end"]>) => void,
  ) {}

  passed(
    message: "request" | "response",
    place: number,
    part: Parameters<StreamObserver["passed"]>[2],
  ): void {
    const { stream } = this;
    if ("data" in part) return this.addToBody(message, place, part.data);
    const fields = listOf("headers" in part ? part.headers : part.trailers);
    if ("headers" in part && message === "request" && place === 0) {
      this.method = part.headers.text(":method") ?? "";
      this.path = part.headers.text(":path") ?? "";
    }
    this.changes.see({ stream, message, place, part: "headers" in part ? "headers" : "trailers", fields });
  }

  over({ status, failure }: Parameters<StreamObserver["over"]>[0]): void {
    const { stream, method, path } = this;
    for (const { message, place, size, hash, begin } of this.bodies.values()) {
      const sum = hash.digest("base64");
      this.changes.see({ stream, message, place, part: "body", size, sum, begin: begin.toString("utf8") });
    }
    const milliseconds = Math.round(performance.now() - this.started);
    this.onEnd(
      this.changes.end({
        stream,
        method,
        path,
        status,
        milliseconds,
        ...(failure !== undefined && { failure }),
      }),
    );
  }

  private addToBody(message: "request" | "response", place: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const key = `${message} ${place}`;
    const body = this.bodies.get(key) ?? {
      message,
      place,
      size: 0,
      hash: createHash("sha1"),
      begin: Buffer.alloc(0),
    };
    this.bodies.set(key, body);
    body.size += bytes.length;
    body.hash.update(bytes);
    if (body.begin.length < begins)
      body.begin = Buffer.concat([body.begin, bytes.subarray(0, begins)]).subarray(0, begins);
  }
}

const listOf = (headers: HeaderMap): [string, string][] =>
  headers.pairs.map(([name, value]) => [
    Buffer.from(name).toString("utf8"),
    Buffer.from(value).toString("utf8"),
  ]);
