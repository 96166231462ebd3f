import type { Cluster, HttpListener } from "../envoy/bootstrap.js";
import { Envoy } from "../envoy/process.js";
import { WrongUse } from "../terminal.js";
import { headerIn } from "../words/header.js";

/** What requests are answered with. */
export interface UpstreamAnswer {
  status: number;
  headers: [string, string][];
  bodySize: number;
}

export interface UpstreamOptions {
  upstreamStatus: number;
  upstreamHeader: string[];
  upstreamBodySize: number;
}

export function upstreamAnswer(options: UpstreamOptions): UpstreamAnswer {
  const headers = options.upstreamHeader.map((text) => headerIn(text, "--upstream-header"));
  const framing = headers.find(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  if (framing !== undefined)
    throw new WrongUse(`--upstream-header ${framing[0]}: the length comes from --upstream-body-size`);
  return { status: options.upstreamStatus, headers, bodySize: options.upstreamBodySize };
}

/** What a listener says whose requests Envoy answers by itself. */
export function answering(answer: UpstreamAnswer): Pick<HttpListener, "routes" | "more"> {
  const route = {
    match: { prefix: "/" },
    direct_response: {
      status: answer.status,
      ...(answer.bodySize > 0 && { body: { inline_string: "x".repeat(answer.bodySize) } }),
    },
    response_headers_to_add: answer.headers.map(([key, value]) => ({
      header: { key, value },
      append_action: "APPEND_IF_EXISTS_OR_ADD",
    })),
  };
  return {
    routes: [],
    more: {
      route_config: {
        name: "answer",
        max_direct_response_body_size_bytes: Math.max(answer.bodySize, 1),
        virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }],
      },
    },
  };
}

export const originName = "origin";

/** A second Envoy that answers what passes the first. Whoever starts one stops it. */
export class Origin {
  private constructor(private readonly envoy: Envoy) {}

  static async start(binary: string, answer: UpstreamAnswer, concurrency: number): Promise<Origin> {
    return new Origin(
      await Envoy.start({
        binary,
        concurrency,
        listeners: [{ name: originName, filters: [], ...answering(answer) }],
        clusters: [],
      }),
    );
  }

  get cluster(): Cluster {
    return { name: originName, address: { port: this.envoy.port(originName) } };
  }

  stop(): Promise<boolean> {
    return this.envoy.stop();
  }
}
