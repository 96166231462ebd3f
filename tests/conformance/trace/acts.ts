import type { FieldsToSend, RequestToSend } from "../../../cli/scenarios/scenario.js";
import type { Reply, SeenRequest } from "../../../cli/upstream.js";

/** One thing that is done with a plugin. Its trace ends when all that it caused is over. */
export type Act = { name: string } & (
  | { request: RequestToSend }
  | { requests: RequestToSend[]; /** Each begins so many milliseconds after the one before. */ gap: number }
  | { metadata: [string, string][] }
  | { connection: TcpStep[] }
  | { waits: number; /** Ticks come this often meanwhile, in milliseconds. */ ticksEvery?: number }
);

/** What a client does on a connection: it sends a text, waits, ends its side, or breaks off. */
export type TcpStep = { send: string } | { wait: number } | "end" | "reset";

/** A plugin in a VM of its own behind a listener of its own, and what is done with it. */
export interface Room {
  name: string;
  rootId: string;
  tcp?: true;
  configuration?: Record<string, unknown>;
  vmConfiguration?: string;
  environment?: Record<string, string>;
  bufferLimit?: number;
  allowOnHeadersStopIteration?: true;
  failurePolicy?: "FAIL_OPEN" | "FAIL_CLOSED" | "FAIL_RELOAD";
  /** Where requests go: to the scripted upstream, or to one that sends HTTP/2 metadata. */
  upstream?: "metadata";
  /** Rooms of a lane are played one after the other. */
  lane?: string;
  /** Several timers run at once: what is due within one tick depends on when that comes. */
  unsteadyTicks?: true;
  /** What the upstream answers. */
  answer?: (request: SeenRequest) => Reply;
  acts: Act[];
}

export const get = (name: string, headers: FieldsToSend, more: RequestToSend = {}): Act => ({
  name,
  request: { authority: "trace.test", headers, body_delay_ms: 25, ...more },
});

export const post = (name: string, headers: FieldsToSend, more: RequestToSend = {}): Act =>
  get(name, headers, { body: ["hello", " there"], ...more });

export const pieces: RequestToSend = { method: "POST", body: ["a ", "body"], http2: true };
export const full: RequestToSend = { ...pieces, trailers: { "x-trailer": "of the request" } };

export const call = (cluster: string, path: string, more: Record<string, string> = {}): Act =>
  get(`calls ${cluster}${path} ${Object.keys(more).join(" ")}`.trim(), {
    "x-do": "call",
    "x-cluster": cluster,
    "x-path": path,
    "x-method": "GET",
    ...more,
  });

export const grpc = (what: string, more: Record<string, string> = {}): Act =>
  get(`gRPC ${what} ${Object.values(more).join(" ")}`.trim(), {
    "x-do": what,
    "x-cluster": "echo",
    "x-method": what === "unary" || what === "cancel-call" ? "Unary" : "Talk",
    ...more,
  });

/** Whether ticks came as often as they should, for acts that say how often that is. */
export function tickLine(act: Act, ticks: number): string[] {
  if (!("waits" in act) || act.ticksEvery === undefined) return [];
  const wanted = act.waits / act.ticksEvery;
  return [
    `ticks every ${act.ticksEvery} ms: ${ticks > wanted * 0.3 && ticks < wanted * 1.5 ? "yes" : ticks}`,
  ];
}
