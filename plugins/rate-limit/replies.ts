import { Headers, HttpContext, decimal, isFieldNamed, lowerCaseText } from "as-proxy-wasm";
import { LimitFigures } from "./figures";

const JSON_BODY: string[] = ["content-type", "application/json"];
const REFUSED: string = "rate_limited";
const UNKNOWN: string = "rate_limit_unavailable";

/** Whether a request is one of gRPC, whose clients read a message and no body. */
export function isGrpc(request: Headers): bool {
  const type = request.get("content-type");
  return type !== null && lowerCaseText(type).startsWith("application/grpc");
}

/**
 * Refuses a request: 429, of which the host makes RESOURCE_EXHAUSTED for gRPC. A service may have a `body` of its own,
 * and fields; where those are of the plugin's names, they take their place.
 */
export function refuse(
  stream: HttpContext,
  toGrpc: bool,
  figures: LimitFigures,
  body: Uint8Array,
  fields: string[][],
): void {
  const headers: string[][] = [];
  for (let i = 0; i < fields.length; i++) headers.push(unchecked(fields[i]));
  addFigure(headers, "retry-after", max(figures.retryAfter, 1));
  addFigure(headers, "x-ratelimit-limit", figures.limit);
  addFigure(headers, "x-ratelimit-remaining", figures.remaining);
  addFigure(headers, "x-ratelimit-reset", figures.reset);
  if (body.length != 0) {
    stream.sendLocalReplyBytes(429, body, headers, REFUSED);
  } else if (toGrpc) {
    stream.sendLocalReply(429, "Too Many Requests", headers, REFUSED);
  } else {
    headers.push(JSON_BODY);
    stream.sendLocalReply(429, '{"error": "Too Many Requests"}', headers, REFUSED);
  }
}

/** Refuses a request of which nobody can tell whether it is over the limit: 503, for gRPC UNAVAILABLE. */
export function refuseUnknown(stream: HttpContext, toGrpc: bool): void {
  if (toGrpc) stream.sendLocalReply(503, "Rate limit unavailable", [], UNKNOWN);
  else stream.sendLocalReply(503, '{"error": "Rate limit unavailable"}', [JSON_BODY], UNKNOWN);
}

function addFigure(headers: string[][], name: string, figure: i64): void {
  if (figure < 0) return;
  for (let i = 0; i < headers.length; i++) {
    if (isFieldNamed(unchecked(headers[i])[0], name)) return;
  }
  headers.push([name, decimal(figure)]);
}
