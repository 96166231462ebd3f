import { Status } from "./enums.js";
import { HeaderMap } from "./header-map.js";
import { PendingCall } from "./pending-call.js";
import type { HttpAnswer, HttpCall, HttpOutcome } from "./services.js";
import type { RootHost } from "./root-host.js";
import { noBytes, toBytes } from "./text.js";

/** The answer to a callout while the module reads it. */
export interface CurrentAnswer {
  headers: HeaderMap;
  body: Uint8Array;
  trailers: HeaderMap;
}

/** How Envoy dresses up a call that failed. (Seen on Envoy 1.40) */
const failures: Record<"timeout" | "refused" | "reset" | "no hosts", { status: number; body: string }> = {
  timeout: { status: 504, body: "upstream request timeout" },
  refused: {
    status: 503,
    body: "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
  },
  "no hosts": { status: 503, body: "no healthy upstream" },
  reset: {
    status: 503,
    body: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  },
};

/** The HTTP calls of a root that are under way. (Envoy, `Context::httpCall`) */
export class HttpCallouts {
  /** The answer that the module reads now. */
  answer: CurrentAnswer | undefined;
  private readonly pending = new Map<number, PendingCall>();

  constructor(private readonly root: RootHost) {}

  /** Makes a call; its number, or why it cannot be made. */
  make(call: Omit<HttpCall, "signal">): { token: number } | Status {
    const { vm } = this.root;
    const named = new HeaderMap(call.headers);
    if (![":method", ":path", ":authority"].every((name) => named.get(name) !== undefined)) {
      return Status.BadArgument;
    }
    if (call.body.length > 0) named.set("content-length", String(call.body.length));
    const pending = new PendingCall(vm.settings.clock.now(), call.timeoutMs);
    const made = vm.settings.httpCalls?.({ ...call, headers: named.list, signal: pending.signal });
    if (made === undefined) return Status.BadArgument;
    // One that fails at once has had a number.
    const token = (vm.tokens.http += 4);
    if (made === "no hosts") return Status.InternalFailure;
    this.pending.set(token, pending);
    vm.settings.later(async () => this.finish(token, await made));
    return { token };
  }

  /** Ends the calls whose time is up; says whether there were any. */
  expire(now: bigint): boolean {
    const late = [...this.pending].filter(([, call]) => call.isLate(now));
    for (const [token, call] of late) {
      this.finish(token, "timeout");
      call.abort();
    }
    return late.length > 0;
  }

  /** Nothing is heard of any call any more. */
  cancelAll(): void {
    for (const call of this.pending.values()) call.abort();
    this.pending.clear();
  }

  private finish(token: number, outcome: HttpOutcome): void {
    if (!this.pending.delete(token)) return;
    if (outcome === "reset in the body") {
      this.root.withStatus(Status.BrokenConnection, "reset", () => this.tell(token, 0, 0, 0));
      return;
    }
    const answer = typeof outcome === "object" ? answered(outcome) : failed(outcome ?? "no hosts");
    this.answer = answer;
    this.tell(token, answer.headers.length, answer.body.length, answer.trailers.length);
    this.answer = undefined;
  }

  private tell(token: number, headers: number, body: number, trailers: number): void {
    const { vm, id } = this.root;
    vm.call(this.root, "proxy_on_http_call_response", id, token, headers, body, trailers);
  }
}

function failed(reason: keyof typeof failures): CurrentAnswer {
  const { status, body } = failures[reason];
  const bytes = toBytes(body);
  const headers = new HeaderMap([
    [":status", String(status)],
    ["content-length", String(bytes.length)],
    ["content-type", "text/plain"],
  ]);
  return { headers, body: bytes, trailers: new HeaderMap() };
}

/** Answers of services carry the time that they took; Envoy's own do not. */
function answered(answer: HttpAnswer): CurrentAnswer {
  const headers = new HeaderMap(answer.headers);
  if (headers.get(":status") === undefined) headers.set(":status", String(answer.status ?? 200));
  if (headers.get("x-envoy-upstream-service-time") === undefined) {
    headers.add("x-envoy-upstream-service-time", "0");
  }
  return { headers, body: toBytes(answer.body ?? noBytes), trailers: new HeaderMap(answer.trailers) };
}
