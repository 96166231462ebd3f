import { readFile } from "node:fs/promises";
import { LogLevel, ProxyWasmHost, type TcpResult } from "../../host/index.js";
import { WrongUse } from "../terminal.js";
import type { Callee, Played } from "./played.js";
import { Recorder } from "./recorder.js";

export interface TcpCallOptions {
  /** What the client sends. */
  sent: Buffer;
  /** What the upstream sends when it got that; what it got, without it. */
  reply: Buffer | undefined;
  trace: boolean;
  logLevel: LogLevel;
}

/** What came of a connection through a TCP plugin. */
export interface PlayedTcp {
  /** What the upstream and the client got. */
  upstream: Buffer;
  client: Buffer;
  /** Who has bytes waiting in the plugin at the end, and whether the plugin closed the connection. */
  held: ("client" | "upstream")[];
  closed: boolean;
  log: Played["log"];
  traps?: Played["traps"];
  trace?: Played["trace"];
}

const levelNames = ["trace", "debug", "info", "warn", "error", "critical"];

/** One connection through a TCP plugin, on the embedded host: the client sends, the upstream answers, both close. */
export async function callOverTcp(callee: Callee, options: TcpCallOptions): Promise<PlayedTcp> {
  const { plugin, module, rootId, configuration } = callee;
  const recorder = options.trace ? new Recorder() : undefined;
  const log: Played["log"] = [];
  const host = await ProxyWasmHost.load(await readFile(module), {
    pluginName: plugin.name,
    rootId,
    pluginConfig: configuration.text ?? "",
    clock: { now: () => BigInt(Date.now()) * 1_000_000n },
    logLevel: options.logLevel,
    onLog: (level, message) => log.push({ level: levelNames[level]!, text: message }),
    ...(recorder && { observer: recorder }),
  });
  if (!host.configured)
    throw new WrongUse(
      [`${plugin.name} refuses its configuration`, ...log.map(({ text }) => text)].join("\n  "),
    );
  const stream = host.tcpStream({
    properties: { "source.address": "127.0.0.1:50000", "source.port": 50000n },
  });
  const results: TcpResult[] = [];
  const take = (result: TcpResult) => {
    results.push(result);
    return Buffer.from(result.data);
  };
  take(stream.newConnection());
  let upstream = take(stream.downstreamData(options.sent));
  await stream.settled();
  upstream = Buffer.concat([upstream, stateOf(stream.downstreamState)]);
  let client = take(stream.upstreamData(options.reply ?? upstream));
  await stream.settled();
  client = Buffer.concat([client, stateOf(stream.upstreamState)]);
  const closed = results.some((result) => result.closed === true);
  const held = [
    ...(stream.downstreamState.paused ? ["client" as const] : []),
    ...(stream.upstreamState.paused ? ["upstream" as const] : []),
  ];
  stream.close();
  host.destroy();
  return { upstream, client, held, closed, log, ...(recorder && { trace: recorder.calls }) };
}

/** What has gone on since it was asked last. */
const stateOf = ({ data }: TcpResult): Buffer => Buffer.from(data);
