import { BufferType, HeaderMapType, LogLevel } from "../abi/enums";
import { httpCall } from "../abi/callouts";
import { hostU32 } from "../abi/out";
import { Status } from "../abi/status";
import { Body } from "../http/body";
import { isFieldNamed } from "../http/fields";
import { Headers } from "../http/headers";
import { encodePairs, fitsPairs } from "../http/pairs";
import { select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { ContextHandle, Pending } from "../runtime/handle";
import { writeLog } from "../runtime/log";
import { dataOf, sizeOf, sliceOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { CallFailure } from "./failure";
import { PendingCalls } from "./pending-calls";

/**
 * A request to a service. Written as a literal, what is left out is empty:
 * `{ headers: [[":method", "GET"], [":path", "/"], [":authority", "auth"]], timeoutMs: 500 }`.
 */
export class HttpCall {
  /** `[[name, value], ...]`; `:method`, `:path` and `:authority` must be among them. */
  headers: string[][] = [];
  /** The body as text. */
  body: string = "";
  /** The body as bytes, in the place of `body`. */
  bodyBytes: Uint8Array | null = null;
  /** The trailers of the request. Envoy (1.40) does not send them. */
  trailers: string[][] = [];
  /** How long to wait for the answer, in milliseconds; 0 is for as long as it takes. */
  timeoutMs: u32 = 0;
}

/** How a call ended. */
export enum CallOutcome {
  /** The service answered: with which status is another matter. */
  Answered,
  /** No connection to the service could be made, or none of its hosts is healthy. */
  Unreachable,
  /** The time was up. */
  TimedOut,
  /** The service broke off, before its headers or in mid-body. */
  Reset,
}

/** Hears the answer to a call: it takes the place of a closure, and keeps in its fields what the answer needs. */
export abstract class HttpCallHandler {
  /** The call has ended. The context that made it is the effective one; it is not called when that has ended before. */
  abstract onResponse(response: HttpCallResponse): void;
}

/**
 * The answer to a call, readable until the callback that gets it returns.
 *
 * Hosts dress failures up as answers: a refused connection or a reset before the headers arrive as 503, a timeout as
 * 504. Envoy's own carry no `x-envoy-upstream-service-time`, which every answer of a service does, and say in their
 * body what was wrong.
 */
@final
export class HttpCallResponse {
  constructor(
    /** The call that is answered. */
    readonly call: HttpCall,
    private readonly headerCount: u32,
  ) {}

  /** How the call ended. */
  get outcome(): CallOutcome {
    return outcomeOf(this.headerCount);
  }

  /** What went wrong, to be said of the service: `cannot be reached`; "" where it answered. */
  get failure(): string {
    const outcome = this.outcome;
    if (outcome == CallOutcome.Answered) return "";
    if (outcome == CallOutcome.TimedOut) return "did not answer in time";
    return outcome == CallOutcome.Unreachable ? "cannot be reached" : "broke off";
  }

  /** Whether the service answered, and with a status of 200 to 299. */
  get ok(): bool {
    const status = this.status;
    return status >= 200 && status < 300;
  }

  /** The status of the service's answer; 0 when there was none. */
  get status(): u32 {
    return this.outcome == CallOutcome.Answered ? <u32>this.headers.number(":status") : 0;
  }

  /** The headers of the answer, or of what the host says in its place. */
  get headers(): Headers {
    return answerHeaders();
  }

  /** The body of the answer. */
  get body(): Body {
    return answerBody();
  }

  /** The trailers of the answer. */
  get trailers(): Headers {
    return new Headers(HeaderMapType.HttpCallResponseTrailers, 0);
  }
}

function answerHeaders(): Headers {
  return new Headers(HeaderMapType.HttpCallResponseHeaders, 0);
}

function answerBody(): Body {
  return new Body(BufferType.HttpCallResponseBody, 0);
}

/** How the call ended whose answer is being heard, which has so many headers. */
export function outcomeOf(headerCount: u32): CallOutcome {
  if (headerCount == 0) return CallOutcome.Reset;
  const headers = answerHeaders();
  const status = headers.number(":status");
  if ((status != 503 && status != 504) || headers.has("x-envoy-upstream-service-time")) {
    return CallOutcome.Answered;
  }
  const text = answerBody().text();
  if (status == 504) return text == "upstream request timeout" ? CallOutcome.TimedOut : CallOutcome.Answered;
  if (text.startsWith("upstream connect error or disconnect/reset before headers")) {
    return text.includes("connection failure") ? CallOutcome.Unreachable : CallOutcome.Reset;
  }
  return text == "no healthy upstream" ? CallOutcome.Unreachable : CallOutcome.Answered;
}

/** A call that the host has yet to answer. */
@final
export class PendingHttpCall extends Pending {
  constructor(
    public call: HttpCall | null,
    public handler: HttpCallHandler | null,
  ) {
    super();
  }

  /** The host knows no way to take a call back. */
  abandon(): bool {
    this.call = null;
    this.handler = null;
    return true;
  }

  drop(): void {
    calls.take(this.token);
  }
}

// @ts-ignore: decorator
@lazy
const calls = new PendingCalls<PendingHttpCall>();

/** The call that the host is just being asked to make, which it may answer before it says its number. */
// @ts-ignore: decorator
@lazy
let beingMade: PendingHttpCall | null = null;

/** Makes a call on behalf of a context. */
export function makeHttpCall(
  owner: ContextHandle,
  cluster: string,
  call: HttpCall,
  handler: HttpCallHandler | null,
): CallFailure {
  if (!select(owner.id)) return CallFailure.ContextGone;
  const missing = missingField(call.headers);
  if (missing.length != 0) {
    writeLog(LogLevel.Error, "a call to " + cluster + " was not made: it has no " + missing);
    return CallFailure.BadHeaders;
  }
  const headers = encodePairs(call.headers);
  if (!fitsPairs()) return CallFailure.BadHeaders;
  const trailers = encodePairs(call.trailers);
  if (!fitsPairs()) return CallFailure.BadHeaders;
  const name = encode(cluster);
  const bytes = call.bodyBytes;
  const body = bytes === null ? encode(call.body) : sliceOf(bytes);
  const pending = new PendingHttpCall(call, handler);
  pending.attach(owner);
  const outer = beingMade;
  beingMade = pending;
  const status = httpCall(
    dataOf(name),
    sizeOf(name),
    dataOf(headers),
    sizeOf(headers),
    dataOf(body),
    sizeOf(body),
    dataOf(trailers),
    sizeOf(trailers),
    call.timeoutMs,
  );
  beingMade = outer;
  if (status == Status.Ok) {
    // One that was answered within the hostcall is over.
    if (pending.owner === null) return CallFailure.None;
    pending.token = hostU32();
    calls.put(pending.token, pending);
    return CallFailure.None;
  }
  pending.detach();
  if (status == Status.BadArgument) return CallFailure.UnknownCluster;
  if (status != Status.InternalFailure) unexpected("proxy_http_call", status);
  return CallFailure.HostFailure;
}

/** The call that the host answers, no longer pending; null for one that is not known. */
export function takeHttpCall(token: u32): PendingHttpCall | null {
  const known = calls.take(token);
  if (known !== null) return known;
  const pending = beingMade;
  beingMade = null;
  return pending;
}

/** How many calls the host has yet to answer. */
export function pendingHttpCalls(): u32 {
  return calls.size;
}

/** The first pseudo-field that a request lacks; "" when it has all. */
function missingField(headers: string[][]): string {
  if (!hasField(headers, ":method")) return ":method";
  if (!hasField(headers, ":path")) return ":path";
  return hasField(headers, ":authority") ? "" : ":authority";
}

function hasField(headers: string[][], name: string): bool {
  for (let i = 0; i < headers.length; i++) {
    const field = unchecked(headers[i]);
    if (field.length != 0 && isFieldNamed(field[0], name)) return true;
  }
  return false;
}
