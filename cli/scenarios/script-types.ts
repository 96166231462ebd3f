import type { Bytes, FieldsToSend, Message, Wanted, WantedFields } from "./scenario.js";

/** What the upstream does: it answers, or nobody listens where it should be. */
export type UpstreamScript = ScriptedReply[] | "unreachable";

/** What a cluster is: an HTTP service, a gRPC service, one whose host takes no connection, or one without hosts. */
export type ServiceScript = ScriptedReply[] | { grpc: ScriptedGrpcReply[] } | "unreachable" | "no_hosts";

/** An answer, or several: the first time the first, and the last from then on. */
export type ScriptedReply = { when?: When } & ({ reply: HttpReply } | { replies: HttpReply[] });
export type ScriptedGrpcReply = { when?: GrpcWhen } & ({ reply: GrpcReply } | { replies: GrpcReply[] });

/** Which requests an answer is for; all without it. */
export interface When {
  method?: string;
  path?: Wanted;
  headers?: WantedFields;
  body?: Wanted;
  json?: unknown;
}

export interface GrpcWhen {
  /** `/package.Service/Method` */
  path?: Wanted;
  headers?: WantedFields;
  message?: Message;
}

export interface HttpReply {
  /** 200 without it. */
  status?: number;
  headers?: FieldsToSend;
  /** A list is sent in pieces, without a length. */
  body?: Bytes | Bytes[];
  /** A body as JSON, with the type `application/json` where the headers name none. */
  json?: unknown;
  trailers?: FieldsToSend;
  /** Milliseconds before the headers, and between the pieces of a body. */
  delay_ms?: number;
  /** The connection is cut. */
  reset?: "before headers" | "in the body";
}

export interface GrpcReply {
  message?: Message;
  /** A status of gRPC's; 0 without it. */
  status?: number;
  status_message?: string;
  delay_ms?: number;
  /** The stream is cut before anything was said. */
  reset?: true;
}
