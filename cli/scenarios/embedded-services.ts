import type {
  GrpcAnswer,
  GrpcCall,
  GrpcOutcome,
  HeaderList,
  HttpCall,
  HttpOutcome,
} from "../../host/index.js";
import { HeaderMap } from "../../host/index.js";
import { outgoingRequest, responseFields, trailerFields } from "../../host/node/fields.js";
import { grpcTimeout } from "../../host/node/grpc-calls.js";
import { Fields, flat } from "../headers.js";
import type { Reply, SeenRequest } from "../upstream.js";
import type { Scenario, Step } from "./scenario.js";
import { GrpcScript, HttpScript, type SeenCall } from "./script.js";
import type { ServiceScript } from "./script-types.js";
import { upstreamName } from "./stage.js";
import type { StageTime } from "./stage-time.js";
import { answerHead, piecesOf, seenRequest } from "./upstream-fields.js";

type Service = HttpScript | GrpcScript | "unreachable" | "no_hosts";

const serviceOf = (script: ServiceScript | undefined): Service => {
  if (typeof script === "string") return script;
  return script === undefined || Array.isArray(script) ? new HttpScript(script) : new GrpcScript(script.grpc);
};

/** The services of a scenario, in this process: what Envoy and a connection would do to calls is done to them here. */
export class EmbeddedServices {
  private readonly services = new Map<string, Service>();
  private readonly calls = new Map<string, SeenCall[]>();

  constructor(
    { upstream, clusters = {} }: Scenario,
    private readonly time: StageTime,
  ) {
    this.set(upstreamName, upstream);
    for (const [name, script] of Object.entries(clusters)) this.set(name, script);
  }

  get names(): string[] {
    return [...this.services.keys()];
  }

  seen(name: string): readonly SeenCall[] {
    return this.calls.get(name) ?? [];
  }

  change({ upstream, clusters = {} }: NonNullable<Step["change"]>): void {
    if (upstream !== undefined) this.set(upstreamName, upstream);
    for (const [name, script] of Object.entries(clusters)) this.set(name, script);
  }

  /** What the upstream answers to a request that a route sends there. */
  askUpstream(request: SeenRequest): Reply | "unreachable" {
    const service = this.services.get(upstreamName);
    if (!(service instanceof HttpScript)) return "unreachable";
    this.hear(upstreamName, request);
    return service.answer(request);
  }

  /** What a plugin calls by HTTP; undefined for a cluster that there is not. */
  httpCall(call: HttpCall): HttpOutcome | Promise<HttpOutcome> {
    const service = this.services.get(call.cluster);
    if (service === undefined) return undefined;
    if (service === "no_hosts") return "no hosts";
    if (service === "unreachable") return Promise.resolve("refused");
    return service instanceof HttpScript ? this.answerHttp(call, service) : Promise.resolve("reset");
  }

  /** What a plugin calls by gRPC. */
  grpcCall(call: GrpcCall): GrpcOutcome | Promise<GrpcOutcome> {
    const service = this.services.get(call.cluster);
    if (service === undefined) return undefined;
    if (service === "no_hosts") return "no hosts";
    if (service === "unreachable") return Promise.resolve("refused");
    return service instanceof GrpcScript ? this.answerGrpc(call, service) : Promise.resolve("reset");
  }

  private set(name: string, script: ServiceScript | undefined): void {
    this.services.set(name, serviceOf(script));
  }

  private hear(name: string, call: SeenCall): void {
    this.calls.set(name, [...(this.calls.get(name) ?? []), call]);
  }

  private async answerHttp(call: HttpCall, service: HttpScript): Promise<HttpOutcome> {
    // A call of a VM that is gone when its callback is over never leaves the proxy.
    await Promise.resolve();
    if (call.signal.aborted) return "reset";
    const timeout = String(call.timeoutMs);
    const added: HeaderList = [
      ["x-envoy-internal", "true"],
      ["x-forwarded-for", "127.0.0.1"],
      ...(call.timeoutMs > 0 ? [["x-envoy-expected-rq-timeout-ms", timeout] as const] : []),
    ];
    const request = outgoingRequest(new HeaderMap(call.headers), call.body.length === 0, added);
    const seen = seenRequest(request, [call.body], []);
    this.hear(call.cluster, seen);
    const reply = service.answer(seen);
    const { delay, reset } = reply;
    if (delay !== undefined) await this.time.sleep(delay);
    if (reset === "at once") return "reset";
    const pieces = piecesOf(reply);
    if (delay !== undefined && pieces.length > 1) await this.time.sleep(delay * (pieces.length - 1));
    if (reset === "in the body") return "reset in the body";
    const { head, isBodyless } = answerHead(reply, request.method);
    return {
      headers: responseFields(head, 0).pairs,
      body: isBodyless ? "" : Buffer.concat(pieces),
      trailers: isBodyless ? [] : trailerFields(flat(reply.trailers)).pairs,
    };
  }

  private async answerGrpc(call: GrpcCall, service: GrpcScript): Promise<GrpcOutcome> {
    await Promise.resolve();
    if (call.signal.aborted) return "reset";
    const message = call.stream === undefined ? call.message : await messageOf(call.stream);
    const seen: SeenCall = { ...grpcRequest(call), message: Buffer.from(message) };
    this.hear(call.cluster, seen);
    const result = service.answer(seen);
    if (result.delay > 0) await this.time.sleep(result.delay);
    if (result.reset) return "reset";
    if (call.stream === undefined) return result satisfies GrpcAnswer;
    if (result.message !== undefined) call.stream.send(result.message);
    call.stream.close(result.status, result.statusMessage);
    return "open";
  }
}

/** The one message that a plugin sends on a stream before it ends its side. */
function messageOf(stream: NonNullable<GrpcCall["stream"]>): Promise<Uint8Array> {
  return new Promise((resolve) => {
    let last: Uint8Array = Buffer.alloc(0);
    stream.onMessage = (message, end) => {
      last = message;
      if (end) resolve(last);
    };
    stream.onEnd = () => resolve(last);
  });
}

/** A gRPC call as its service sees it. */
function grpcRequest({ cluster, service, method, metadata, timeoutMs }: GrpcCall): SeenRequest {
  return {
    method: "POST",
    path: `/${service}/${method}`,
    authority: cluster,
    headers: new Fields([
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ...(timeoutMs > 0 ? [["grpc-timeout", grpcTimeout(timeoutMs)] as [string, string]] : []),
      ...metadata.map(([name, value]): [string, string] => [name, value]),
      ["x-envoy-internal", "true"],
      ["x-forwarded-for", "127.0.0.1"],
    ]),
    body: Buffer.alloc(0),
    trailers: new Fields([]),
  };
}
