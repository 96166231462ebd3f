import type { LocalReply } from "../index.js";
import { toBytes } from "../text.js";
import type { Failure } from "./upstream-request.js";

const before = "upstream connect error or disconnect/reset before headers. reset reason: ";

/** What Envoy answers, and what it has for the details, when the upstream fails before its headers. (Seen on Envoy 1.40) */
const replies: Record<Failure, [status: number, body: string, details: string]> = {
  refused: [503, `${before}remote connection failure`, "upstream_reset_before_response_started"],
  "connect timeout": [503, `${before}connection timeout`, "upstream_reset_before_response_started"],
  reset: [503, `${before}connection termination`, "upstream_reset_before_response_started"],
  malformed: [502, `${before}protocol error`, "upstream_reset_before_response_started"],
  timeout: [504, "upstream request timeout", "response_timeout"],
};

/** The answer in the place of an upstream that failed. */
export function failureReply(failure: Failure): LocalReply {
  const [status, body, details] = replies[failure];
  return { status, headers: [], body: toBytes(body), details };
}
