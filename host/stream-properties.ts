import type { HeaderMap } from "./header-map.js";
import { encodePairs } from "./pairs.js";
import { grpcStatusOf } from "./local-reply.js";
import { PropertyTree, serializeProperty } from "./property-values.js";
import { noBytes, toBytes, toKey } from "./text.js";

/** What Envoy knows of an HTTP stream. Headers are there while hostcalls reach them, and when the stream is logged. */
export interface StreamFacts {
  request?: HeaderMap;
  response?: HeaderMap;
  responseTrailers?: HeaderMap;
  /** Bytes of bodies so far. */
  received: number;
  sent: number;
  /** Whether there is a response of an upstream's. */
  hasUpstream: boolean;
  /** Nanoseconds since 1970, and since the beginning when the stream has ended. */
  startTime: bigint;
  duration?: bigint;
  protocol: string;
  /** The response's status, as soon as there is one. */
  code?: number;
  details?: string;
}

/** What Envoy knows of an upstream that answered. */
const ofUpstream = new PropertyTree({
  "upstream.address": "127.0.0.1:8080",
  "upstream.port": 8080n,
  "upstream.local_address": "127.0.0.1:50001",
  "upstream.transport_failure_reason": "",
  "upstream.request_attempt_count": 1n,
  "upstream.locality": noBytes,
});

type Value = Uint8Array | undefined;

const number = (value: number | bigint): Uint8Array => serializeProperty(BigInt(value));

const requestFields: Record<string, string> = {
  path: ":path",
  host: ":authority",
  method: ":method",
  scheme: ":scheme",
  referer: "referer",
  useragent: "user-agent",
  id: "x-request-id",
};

/** A property below `request`, `response`, that follows from the stream itself. (Envoy, `expr/context.cc`) */
export function streamProperty(facts: StreamFacts, segments: readonly string[]): Value {
  const [group, name = "", field, ...deeper] = segments;
  if (deeper.length > 0) return undefined;
  if (facts.hasUpstream) {
    const known = ofUpstream.get(segments);
    if (known instanceof Uint8Array) return known;
  }
  if (group === "request") {
    return name === "headers" ? fieldOf(facts.request, field) : requestProperty(facts, name, field);
  }
  if (group !== "response") return undefined;
  if (name === "headers") return fieldOf(facts.response, field);
  if (name === "trailers") return fieldOf(facts.responseTrailers, field);
  return field === undefined ? responseProperty(facts, name) : undefined;
}

/** A field with all its values, or all fields as pairs. */
function fieldOf(headers: HeaderMap | undefined, field: string | undefined): Value {
  if (field !== undefined) return headers?.joined(field);
  const names = new Set(headers?.pairs.map(([name]) => toKey(name)));
  return encodePairs([...names].map((name) => [toBytes(name), headers!.joined(name)!] as const));
}

function requestProperty(facts: StreamFacts, name: string, field: string | undefined): Value {
  if (field !== undefined) return undefined;
  const { request } = facts;
  switch (name) {
    case "time":
      return number(facts.startTime);
    case "duration":
      return facts.duration === undefined ? undefined : number(facts.duration);
    case "protocol":
      return toBytes(facts.protocol);
    case "size":
      return requestSize(facts);
    case "total_size":
      return number(facts.received + (request?.byteSize ?? 0));
    case "headers_bytes":
      return number(request?.byteSize ?? 0);
    case "url_path":
      return request && toBytes((request.text(":path") ?? "").replace(/\?.*$/s, ""));
    case "query":
      return request && toBytes(/\?([^#]*)/.exec(request.text(":path") ?? "")?.[1] ?? "");
    default: {
      const known = requestFields[name];
      return known === undefined ? undefined : request?.get(known);
    }
  }
}

/** What the request says of its length; nothing where that is no number; what has come where it says nothing. */
function requestSize({ request, received }: StreamFacts): Value {
  const length = request?.text("content-length");
  if (length === undefined) return number(received);
  return /^\d+$/.test(length) ? number(BigInt(length)) : undefined;
}

function responseProperty(facts: StreamFacts, name: string): Value {
  const { response, responseTrailers } = facts;
  switch (name) {
    case "code":
      return facts.code === undefined ? undefined : number(facts.code);
    case "code_details":
      return facts.details === undefined ? undefined : toBytes(facts.details);
    case "flags":
      return number(0);
    case "grpc_status":
      return grpcStatus(facts);
    case "size":
      return number(facts.sent);
    case "total_size":
      return number(facts.sent + (response?.byteSize ?? 0) + (responseTrailers?.byteSize ?? 0));
    case "headers_bytes":
      return number(response?.byteSize ?? 0);
    default:
      return undefined;
  }
}

/** The status of gRPC, or what Envoy takes an HTTP status for. */
function grpcStatus({ response, responseTrailers, code }: StreamFacts): Value {
  const status = responseTrailers?.text("grpc-status") ?? response?.text("grpc-status");
  if (status !== undefined && /^\d+$/.test(status)) return number(BigInt(status));
  return code === undefined ? undefined : number(grpcStatusOf(code));
}
