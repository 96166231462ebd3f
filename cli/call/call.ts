import { readFile } from "node:fs/promises";
import { LoadError, LogLevel } from "../../host/index.js";
import { PluginRefused } from "../../host/node/index.js";
import { inspect } from "../../host/module.js";
import { EnvoyRefused } from "../envoy/process.js";
import { chosenEnvoy, type EnvoyChoice } from "../envoy/option.js";
import { type LocatedTrap, locatedTraps, trapText } from "../check/trap-lines.js";
import { withoutFrames } from "../check/trap.js";
import { findPlugin, type Plugin, rootIdOf } from "../project/plugin.js";
import type { RequestOptions } from "../request.js";
import { moduleOf, NamedSources } from "../scenarios/sources.js";
import { Finding, step, WrongUse, yellow } from "../terminal.js";
import type { Answer } from "../upstream.js";
import { readClusters } from "../words/clusters.js";
import { readConfiguration, readSources } from "../words/configuration.js";
import { readEndpoint, urlOf } from "../words/endpoint.js";
import { textOrFile } from "../words/file.js";
import { bytesAsCharacters, headerIn } from "../words/header.js";
import { unnamedClusters } from "../words/unnamed-clusters.js";
import { callOverHttp } from "./http.js";
import type { Callee, Logged } from "./played.js";
import { forwardedTo, scripted } from "./services.js";
import { callJson, callText, tcpJson, tcpText } from "./show.js";
import { callOverTcp } from "./tcp.js";

export interface CallOptions extends EnvoyChoice {
  request?: string;
  header: string[];
  data?: string;
  config: string[];
  rootId?: string;
  upstream?: string;
  upstreamStatus?: number;
  upstreamHeader: string[];
  upstreamBody?: string;
  cluster: string[];
  host: "embedded" | "envoy";
  logLevel: keyof typeof levels;
  trace?: boolean;
  debug?: boolean;
  json?: boolean;
}

export const levels = {
  trace: LogLevel.Trace,
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warn: LogLevel.Warn,
  error: LogLevel.Error,
  critical: LogLevel.Critical,
} as const;

/** One request through a plugin, and what came of it. */
export async function call(word: string | undefined, path: string, options: CallOptions): Promise<void> {
  if (options.trace && options.host === "envoy")
    throw new WrongUse("--trace is of the embedded host: leave --host envoy out");
  const plugin = await findPlugin(word);
  const sources = readSources(options.config, [plugin.name]);
  const configuration = await readConfiguration(plugin, sources.get(plugin.name));
  const clusters = clustersOf(options.cluster);
  const warnings = unnamedClusters(plugin.name, configuration.text, clusters.keys());
  for (const warning of [...configuration.warnings, ...warnings.values()]) console.error(yellow(warning));
  const module = await built(plugin, options);
  const callee: Callee = { plugin, module, rootId: options.rootId ?? rootIdOf(plugin), configuration };
  try {
    await ((await isNetwork(callee))
      ? overTcp(callee, path, options)
      : overHttp(callee, path, options, clusters));
  } catch (error) {
    if (error instanceof PluginRefused || error instanceof LoadError || error instanceof EnvoyRefused) {
      console.error(
        withoutFrames(
          error instanceof LoadError ? `${module} would not load: ${error.message}` : error.message,
        ),
      );
      // Envoy's message has its errors; the functions of a trace are in lines of their own.
      const log = error instanceof EnvoyRefused ? error.log.lines.join("\n") : error.message;
      const traps = locatedTraps(log, module, wayToLines(plugin));
      for (const trap of traps) console.error(trapText(trap).slice(1).join("\n"));
      throw new Finding();
    }
    throw error;
  }
}

async function built(plugin: Plugin, { debug, json }: CallOptions): Promise<string> {
  if (debug && plugin.entry === null)
    throw new WrongUse(
      `${plugin.module} is compiled already: --debug is for a project, or build the module with apw build --debug`,
    );
  const make = () => moduleOf(plugin, { debug: debug ?? false });
  const isCompiled = !debug && (await NamedSources.open()).of(plugin.name)?.isCompiledHere === false;
  if (json || plugin.kind === "module" || isCompiled) return make();
  return step(`compiling ${plugin.name}`, make);
}

/** With where it trapped, if it did. */
function located<T extends { log: Logged[] }>(
  played: T,
  { plugin, module }: Callee,
): T & { traps?: LocatedTrap[] } {
  const traps = locatedTraps(played.log.map(({ text }) => text).join("\n"), module, wayToLines(plugin));
  return traps.length === 0 ? played : { ...played, traps };
}

const wayToLines = ({ entry }: Plugin): string =>
  entry === null ? "build it with apw build --debug" : "call it with --debug";

/** As its project says; of a module, whether it hears of connections and not of requests. */
async function isNetwork({ plugin, module }: Callee): Promise<boolean> {
  if (plugin.runtime.filter !== undefined) return plugin.runtime.filter === "network";
  const names = inspect(await readFile(module)).exports.map(({ name }) => name);
  const hears = (pattern: RegExp) => names.some((name) => pattern.test(name));
  return (
    hears(/^proxy_on_(new_connection|(downstream|upstream)_data)$/) && !hears(/^proxy_on_(request|response)_/)
  );
}

async function overHttp(
  callee: Callee,
  path: string,
  options: CallOptions,
  clusters: ReadonlyMap<string, URL>,
): Promise<void> {
  const envoy = options.host === "envoy" ? await chosenEnvoy(options, console.error) : undefined;
  const answered = await callOverHttp(callee, {
    request: await requestOf(path, options),
    upstream: await upstreamOf(options),
    clusters,
    trace: options.trace ?? false,
    logLevel: levels[options.logLevel],
    ...(envoy && { envoy: envoy.path }),
  });
  const played = located(answered, callee);
  console.log(options.json ? JSON.stringify(callJson(played), null, 2) : callText(played));
  if (played.response === null) throw new Finding();
}

async function overTcp(callee: Callee, path: string, options: CallOptions): Promise<void> {
  if (path !== "/") throw new WrongUse(`${callee.plugin.name} is a TCP plugin: its bytes are given with -d`);
  if (options.host === "envoy" || options.upstream !== undefined)
    throw new WrongUse(
      "TCP plugins are called on the embedded host, with --upstream-body: apw run has Envoy and upstreams",
    );
  const answered = await callOverTcp(callee, {
    sent: (await bytesOf(options.data, "-d")) ?? Buffer.alloc(0),
    reply: await bytesOf(options.upstreamBody, "--upstream-body"),
    trace: options.trace ?? false,
    logLevel: levels[options.logLevel],
  });
  const played = located(answered, callee);
  console.log(options.json ? JSON.stringify(tcpJson(played), null, 2) : tcpText(played));
}

/** A path, or a URL whose authority is the request's. */
async function requestOf(place: string, options: CallOptions): Promise<RequestOptions & { path: string }> {
  const [path, host] = targetOf(place);
  const body = await bytesOf(options.data, "-d");
  const headers = options.header.map((text) => fieldOf(text, "-H"));
  const has = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted);
  if (host !== undefined && !has("host")) headers.unshift(["host", host]);
  if (body !== undefined && !has("content-type"))
    headers.push(["content-type", isJson(body) ? "application/json" : "text/plain"]);
  const method = options.request ?? (body === undefined ? "GET" : "POST");
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(method))
    throw new WrongUse(`-X ${JSON.stringify(method)} is no method of HTTP`);
  return { method, path, headers, ...(body && { body }) };
}

function targetOf(place: string): [path: string, host: string | undefined] {
  if (/[\s\x00-\x1f]/.test(place)) throw new WrongUse(`"${place}" is no path: write spaces as %20`);
  if (place.startsWith("/") || place === "*") return [place, undefined];
  if (!/^https?:\/\//.test(place) || !URL.canParse(place))
    throw new WrongUse(`"${place}" is no path: it begins with / (or is a URL)`);
  const { host, pathname, search } = new URL(place);
  return [pathname + search, host];
}

async function upstreamOf(options: CallOptions): Promise<Answer> {
  const { upstream, upstreamStatus: status, upstreamHeader, upstreamBody } = options;
  if (upstream !== undefined) {
    if (status !== undefined || upstreamHeader.length > 0 || upstreamBody !== undefined)
      throw new WrongUse("--upstream asks a service, which answers for itself: leave --upstream-... out");
    return forwardedTo(urlOf(readEndpoint(upstream, "--upstream")));
  }
  const body = await bytesOf(upstreamBody, "--upstream-body");
  return scripted({
    ...(status !== undefined && { status }),
    headers: upstreamHeader.map((text) => fieldOf(text, "--upstream-header")),
    // Bytes: with text, Node would write the bytes of headers as UTF-8 once more.
    body: body ?? Buffer.from(status === undefined || status === 200 ? "hello from the upstream\n" : ""),
  });
}

/** Where services are that the plugin calls; the host of a call speaks HTTP/1.1 to them. */
function clustersOf(values: readonly string[]): Map<string, URL> {
  return new Map(
    [...readClusters(values)].map(([name, endpoint]) => {
      if (endpoint.http2)
        throw new WrongUse(`--cluster ${name}: apw call has HTTP/1.1 alone; apw run has gRPC`);
      return [name, urlOf(endpoint)];
    }),
  );
}

function fieldOf(text: string, option: string): [string, string] {
  const [name, value] = headerIn(text, option);
  return [name, bytesAsCharacters(value)];
}

/** Text, or what is in a file after an @. */
const bytesOf = (value: string | undefined, option: string): Promise<Buffer | undefined> =>
  value === undefined ? Promise.resolve(undefined) : textOrFile(value, option);

function isJson(body: Buffer): boolean {
  try {
    return typeof JSON.parse(body.toString()) === "object";
  } catch {
    return false;
  }
}
