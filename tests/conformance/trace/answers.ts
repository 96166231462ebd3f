import type { Reply, SeenRequest } from "../../../cli/upstream.js";

/** The answers of the upstream: in pieces, with trailers, without a body, or plain. */
export function answerOf({ path }: SeenRequest): Reply {
  const headers = { connection: "keep-alive", "x-upstream": "said", "X-Mixed": "Case" };
  if (path.startsWith("/pieces")) return { headers, body: ["1234", "5678"], delay: 50 };
  if (path.startsWith("/trailers"))
    return { headers, body: ["ok"], trailers: { "x-trailer": "of the response" } };
  if (path.startsWith("/empty")) return { status: 204, headers };
  if (path.startsWith("/missing")) return { status: 404, headers, body: "nothing here" };
  return { headers, body: "ok" };
}

/** What the service answers that plugins call. */
export function serviceAnswer({ path, body, method }: SeenRequest): Reply {
  const headers = { connection: "keep-alive", "x-service": method };
  if (path === "/own-503") return { status: 503, headers, body: "no healthy upstream" };
  if (path === "/own-504") return { status: 504, headers, body: "upstream request timeout" };
  if (path === "/reset") return { reset: "at once" };
  if (path === "/reset-in-body") return { headers, body: ["first", "second"], reset: "in the body" };
  if (path === "/slow") return { headers, body: "late", delay: 150 };
  if (path === "/trailers") return { headers, body: "ok", trailers: { "x-trailer": "sent" } };
  if (path === "/echo") return { headers, body };
  if (path.startsWith("/many/")) return { headers, body: path, delay: Number(path.split("/")[3]) * 2 };
  if (path === "/denied") return { headers: { connection: "keep-alive" }, body: "no" };
  if (path === "/allowed") return { headers: { connection: "keep-alive" }, body: "yes" };
  return { headers, body: path };
}
