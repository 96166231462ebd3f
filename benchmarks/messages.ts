import { ReadyMessages } from "../cli/measure/v8/messages.js";
import type { Workload } from "./workloads.js";

/** The timed exchange of a workload as Envoy shows it to a plugin. */
export function messagesOf({ timed, service }: Workload, body = timed.response?.body ?? ""): ReadyMessages {
  const requestBody = new TextEncoder().encode(timed.body ?? "");
  const responseBody = new TextEncoder().encode(body);
  return new ReadyMessages({
    requestHeaders: [
      [":authority", "bench.example"],
      [":path", timed.path ?? "/"],
      [":method", timed.method ?? "GET"],
      [":scheme", "http"],
      ...(timed.headers ?? []),
      ...(requestBody.length > 0 ? [["content-length", String(requestBody.length)] as const] : []),
      ["x-forwarded-proto", "http"],
      ["x-request-id", "6f2f1f0a-4b7e-4c57-9a3f-1d2c3b4a5968"],
    ],
    requestBody,
    responseHeaders: [
      [":status", "200"],
      ["content-length", String(responseBody.length)],
      ...(timed.response?.headers ?? []),
      ["date", "Thu, 01 Jan 2026 00:00:00 GMT"],
      ["server", "envoy"],
    ],
    responseBody,
    ...(service && {
      callHeaders: [
        [":status", String(service.status)],
        ["date", "Thu, 01 Jan 2026 00:00:00 GMT"],
        ["server", "envoy"],
        ["x-envoy-upstream-service-time", "0"],
      ] as const,
    }),
  });
}
