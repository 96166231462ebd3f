import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { root } from "../../cli/root.js";

export interface RateLimitRequest {
  domain: string;
  descriptors: { entries: { key: string; value: string }[] }[];
  hits_addend: number;
}

/** Fields with their default value may be left out. */
export interface RateLimitResponse {
  overall_code: "UNKNOWN" | "OK" | "OVER_LIMIT";
  statuses?: {
    code: "OK" | "OVER_LIMIT";
    current_limit?: { requests_per_unit: number; unit: "SECOND" | "MINUTE" | "HOUR" };
    limit_remaining?: number;
    duration_until_reset?: { seconds?: number; nanos?: number };
  }[];
  response_headers_to_add?: { key: string; value?: string; raw_value?: Buffer }[];
  request_headers_to_add?: { key: string; value?: string; raw_value?: Buffer }[];
  raw_body?: Buffer;
}

/** What the service does with a request: an answer, a status of gRPC, or nothing at all. */
export type Decide = (request: RateLimitRequest) => RateLimitResponse | grpc.status | "silence";

/** An Envoy rate limit service on a free port of the loopback, which speaks protobuf by the schema in `proto`. */
export class RateLimitServer {
  readonly requests: RateLimitRequest[] = [];
  readonly authorities: string[] = [];

  private constructor(
    private readonly server: grpc.Server,
    readonly port: number,
  ) {}

  static async start(decide: Decide): Promise<RateLimitServer> {
    const definition = loadSync(join(root, "tests", "envoy", "proto", "rls.proto"), {
      keepCase: true,
      enums: String,
      defaults: true,
    });
    const service = definition["envoy.service.ratelimit.v3.RateLimitService"] as grpc.ServiceDefinition;
    const server = new grpc.Server();
    server.addService(service, {
      ShouldRateLimit: (
        call: grpc.ServerUnaryCall<RateLimitRequest, RateLimitResponse>,
        answer: grpc.sendUnaryData<RateLimitResponse>,
      ) => {
        started.requests.push(call.request);
        started.authorities.push(call.getHost());
        const decision = decide(call.request);
        if (decision === "silence") return;
        if (typeof decision === "number") answer({ code: decision, details: "as the test says" });
        else answer(null, decision);
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const started = new RateLimitServer(server, port);
    return started;
  }

  /** The entries of the request that came last, `key=value`. */
  get entries(): string[] {
    return (this.requests.at(-1)?.descriptors ?? []).flatMap(({ entries }) =>
      entries.map(({ key, value }) => `${key}=${value}`),
    );
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
