import type { Reply, SeenRequest } from "../upstream.js";
import { bodyOf, fitAll, fits, jsonFields, pairsOf } from "./bytes.js";
import { isJson } from "./json.js";
import { encodeMessage } from "./protobuf.js";
import type {
  GrpcReply,
  GrpcWhen,
  HttpReply,
  ScriptedGrpcReply,
  ScriptedReply,
  When,
} from "./script-types.js";

/** A request as a service of a scenario saw it. */
export interface SeenCall extends SeenRequest {
  /** The message of a gRPC call. */
  message?: Buffer;
}

/** A gRPC service's answer to a call. */
export interface GrpcResult {
  message?: Buffer;
  status: number;
  statusMessage: string;
  delay: number;
  reset: boolean;
}

/** Takes the first entry that is for a call, and of its answers the next one, or the last for ever. */
class Entries<W, R> {
  private readonly used: number[];

  constructor(private readonly entries: readonly ({ when?: W } & ({ reply: R } | { replies: R[] }))[]) {
    this.used = entries.map(() => 0);
  }

  next(isFor: (when: W) => boolean): R | undefined {
    const index = this.entries.findIndex(({ when }) => when === undefined || isFor(when));
    const entry = this.entries[index];
    if (entry === undefined) return undefined;
    if ("reply" in entry) return entry.reply;
    return entry.replies[Math.min(this.used[index]!++, entry.replies.length - 1)];
  }
}

/** What an HTTP service of a scenario answers. A request that nothing is for gets a 500 that says so. */
export class HttpScript {
  private readonly entries: Entries<When, HttpReply>;

  constructor(script: readonly ScriptedReply[] = [{ reply: { body: "ok" } }]) {
    this.entries = new Entries(script);
  }

  answer(request: SeenRequest): Reply {
    const found = this.entries.next((when) => isFor(when, request));
    if (found === undefined)
      return { status: 500, body: `no reply of the scenario is for ${request.method} ${request.path}` };
    const { status, headers, body, json, trailers, delay_ms: delay, reset } = found;
    return {
      ...(status !== undefined && { status }),
      headers: [...pairsOf(headers), ...jsonFields(found)],
      ...(body !== undefined && { body: bodyOf(body) }),
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(trailers && { trailers: pairsOf(trailers) }),
      ...(delay !== undefined && { delay }),
      ...(reset && { reset: reset === "in the body" ? reset : "at once" }),
    };
  }
}

/** What a gRPC service of a scenario answers. A call that nothing is for is unimplemented. */
export class GrpcScript {
  private readonly entries: Entries<GrpcWhen, GrpcReply>;

  constructor(script: readonly ScriptedGrpcReply[]) {
    this.entries = new Entries(script);
  }

  answer(call: SeenCall): GrpcResult {
    const found = this.entries.next((when) => isForCall(when, call)) ?? {
      status: 12,
      status_message: `no reply of the scenario is for ${call.path}`,
    };
    const { message, status = 0, status_message: statusMessage = "", delay_ms: delay = 0, reset } = found;
    return {
      ...(message !== undefined && { message: encodeMessage(message) }),
      status,
      statusMessage,
      delay,
      reset: reset ?? false,
    };
  }
}

function isFor({ method, path, headers, body, json }: When, request: SeenRequest): boolean {
  if (method !== undefined && method !== request.method) return false;
  if (path !== undefined && !fits(path, Buffer.from(request.path, "latin1"))) return false;
  if (body !== undefined && !fits(body, request.body)) return false;
  if (json !== undefined && !isJson(request.body, json)) return false;
  return fitAll(headers, request.headers);
}

function isForCall({ path, headers, message }: GrpcWhen, call: SeenCall): boolean {
  if (path !== undefined && !fits(path, Buffer.from(call.path, "latin1"))) return false;
  if (message !== undefined && !encodeMessage(message).equals(call.message ?? Buffer.alloc(0))) return false;
  return fitAll(headers, call.headers);
}
