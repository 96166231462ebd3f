import { EmbeddedExchange } from "../../../cli/scenarios/embedded-exchange.js";
import type { RequestToSend } from "../../../cli/scenarios/scenario.js";
import { StageTime } from "../../../cli/scenarios/stage-time.js";
import { answerHead, piecesOf, seenRequest } from "../../../cli/scenarios/upstream-fields.js";
import { flat } from "../../../cli/headers.js";
import type { SeenRequest } from "../../../cli/upstream.js";
import { outgoingRequest, responseFields, trailerFields } from "../../../host/node/fields.js";
import {
  FilterState,
  type GrpcCall,
  type GrpcOutcome,
  HeaderMap,
  type HttpCall,
  type HttpOutcome,
  LogLevel,
  ProxyWasmHost,
  SharedState,
} from "../../../host/index.js";
import { EmbeddedConnection } from "./embedded-connection.js";
import { talk, unary } from "./grpc-script.js";
import type { Instrumented } from "./instrument.js";
import { allUpstreamLines, brokenOff, clientLines } from "./outside.js";
import { RoomRecorder, type Recording } from "./recording.js";
import { type Act, type Room, type TcpStep, tickLine } from "./acts.js";
import { answerOf, serviceAnswer } from "./answers.js";

const levels = ["trace", "debug", "info", "warn", "error", "critical"];
const gap = 25;

/** Plays the rooms on the embedded host. */
export async function recordEmbedded(
  { bytes, names }: Instrumented,
  rooms: readonly Room[],
): Promise<Recording> {
  const shared = new SharedState();
  const opened: EmbeddedRoom[] = [];
  for (const room of rooms) opened.push(await EmbeddedRoom.open(room, names, bytes, shared));
  const found: Recording = {};
  for (const room of opened) Object.assign(found, await room.record());
  return found;
}

class EmbeddedRoom {
  private readonly recorder: RoomRecorder;
  private host!: ProxyWasmHost;
  private readonly time = new StageTime(() => this.host?.tick(1) ?? false);
  private seen: SeenRequest[] = [];
  private heard: string[] = [];
  private connections = 0n;

  private constructor(
    private readonly room: Room,
    names: readonly string[],
  ) {
    this.recorder = new RoomRecorder(room, names);
  }

  static async open(
    room: Room,
    names: readonly string[],
    module: Uint8Array,
    shared: SharedState,
  ): Promise<EmbeddedRoom> {
    const opened = new EmbeddedRoom(room, names);
    await opened.load(module, shared);
    return opened;
  }

  private async load(module: Uint8Array, shared: SharedState): Promise<void> {
    const { room, recorder } = this;
    this.host = await ProxyWasmHost.load(module, {
      pluginName: room.name,
      rootId: room.rootId,
      vmId: room.name,
      ...(room.configuration && { pluginConfig: JSON.stringify(room.configuration) }),
      ...(room.vmConfiguration !== undefined && { vmConfig: room.vmConfiguration }),
      ...(room.environment && { env: room.environment }),
      ...(room.bufferLimit !== undefined && { bufferLimitBytes: room.bufferLimit }),
      ...(room.failurePolicy && { failurePolicy: room.failurePolicy, reloadIntervalMs: 1000 }),
      ...(room.allowOnHeadersStopIteration && { allowOnHeadersStopIteration: true }),
      logLevel: LogLevel.Debug,
      clock: this.time,
      shared,
      mainThread: true,
      httpCalls: (call) => this.serve(call),
      grpcCalls: (call) => this.serveGrpc(call),
      onLog: (level, text) => {
        // What the host itself says of a VM is not a line of a plugin's.
        if (!/^(Function: \w+ failed: |Wasm VM failed: )/.test(text))
          recorder.take({ level: levels[level]!, text });
      },
    });
    recorder.mark("start");
  }

  async record(): Promise<Recording> {
    const { room, recorder } = this;
    for (const act of room.acts) {
      this.seen = [];
      this.heard = [];
      const before = recorder.ticks;
      const outside = await this.time.during(this.play(act));
      await this.time.during(this.time.sleep(gap));
      await this.time.quiet();
      recorder.mark(act.name, [
        ...outside,
        ...allUpstreamLines(this.seen),
        ...this.heard.map((text) => `upstream: heard ${JSON.stringify(text)}`),
        ...tickLine(act, recorder.ticks - before),
      ]);
    }
    this.host.destroy();
    recorder.mark("end");
    return recorder.finish();
  }

  private async play(act: Act): Promise<string[]> {
    if ("waits" in act) {
      await this.time.sleep(act.waits);
      return [];
    }
    if ("metadata" in act) return this.sendMetadata(act.metadata);
    if ("connection" in act) return this.converse(act.connection);
    const asked = "request" in act ? [act.request] : act.requests;
    const apart = "request" in act ? 0 : act.gap;
    const answers = await Promise.all(
      asked.map(async (request, index) => {
        if (index > 0) await this.time.sleep(index * apart);
        return this.send(request);
      }),
    );
    return answers.flat();
  }

  private get options() {
    return {
      properties: {
        "connection.id": ++this.connections,
        "xds.cluster_name": this.room.upstream ?? `upstream-${this.room.name}`,
      },
      filterState: new FilterState(),
    };
  }

  private send(request: RequestToSend): Promise<string[]> {
    const stream = this.host.stream({ ...this.options, protocol: request.http2 ? "HTTP/2" : "HTTP/1.1" });
    const around = {
      open: () => [stream],
      clients: { useRemoteAddress: false, trustedHops: 0 },
      routeFor: () => ({}),
      time: this.time,
      ask: (seen: SeenRequest) => {
        this.seen.push(seen);
        return (this.room.answer ?? answerOf)(seen);
      },
    };
    return EmbeddedExchange.play(request, around).then((got) =>
      got.incomplete === undefined ? clientLines(got) : brokenOff(request),
    );
  }

  /** As the clients and servers of `http2-frames.ts`. */
  private sendMetadata(metadata: [string, string][]): string[] {
    const stream = this.host.stream({ ...this.options, protocol: "HTTP/2" });
    stream.requestHeaders([
      [":authority", "metadata.test"],
      [":path", "/metadata"],
      [":method", "POST"],
      [":scheme", "http"],
      ["x-forwarded-proto", "http"],
      ["x-request-id", "00000000-0000-4000-8000-000000000000"],
    ]);
    stream.requestMetadata(metadata);
    stream.requestBody("body", true);
    stream.responseHeaders([
      [":status", "200"],
      ["x-envoy-upstream-service-time", "0"],
    ]);
    stream.responseMetadata([["x-of", "the response"]]);
    stream.responseBody("ok", true);
    stream.close();
    return [];
  }

  /** Both ends of a connection. */
  private async converse(steps: readonly TcpStep[]): Promise<string[]> {
    const connection = new EmbeddedConnection(this.host.tcpStream(this.options), this.time);
    this.heard = connection.upstreamHeard;
    for (const step of steps) await connection.take(step);
    await this.time.sleep(60);
    return connection.end(steps.at(-1) === "reset");
  }

  private serve(call: HttpCall): HttpOutcome | Promise<HttpOutcome> {
    if (call.cluster === "refused") return Promise.resolve("refused");
    if (call.cluster === "empty") return "no hosts";
    return call.cluster === "service" ? this.answered(call) : undefined;
  }

  private async answered(call: HttpCall): Promise<HttpOutcome> {
    const request = outgoingRequest(new HeaderMap(call.headers), call.body.length === 0);
    const reply = serviceAnswer(seenRequest(request, [call.body], []));
    if (reply.delay !== undefined) await this.time.sleep(reply.delay);
    if (reply.reset === "at once") return "reset";
    if (reply.reset === "in the body") return "reset in the body";
    const { head, isBodyless } = answerHead(reply, request.method);
    return {
      headers: responseFields(head, 0).pairs,
      body: isBodyless ? "" : Buffer.concat(piecesOf(reply)),
      trailers: isBodyless ? [] : trailerFields(flat(reply.trailers)).pairs,
    };
  }

  private serveGrpc(call: GrpcCall): GrpcOutcome | Promise<GrpcOutcome> {
    if (call.cluster.startsWith("refused")) return "refused";
    if (call.cluster.startsWith("empty")) return "no hosts";
    if (call.cluster !== "echo") return undefined;
    if (call.stream !== undefined) {
      talk(call.stream);
      return "open";
    }
    const answer = unary(call.message);
    if (answer !== undefined) return answer;
    if (call.timeoutMs === 0) return new Promise(() => {});
    return this.time.sleep(call.timeoutMs).then(() => "timeout" as const);
  }
}
