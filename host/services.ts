import type { HeaderList } from "./header-map.js";
import type { TextOrBytes } from "./text.js";

/** What a plugin asks of a service. */
export interface HttpCall {
  cluster: string;
  headers: [name: string, value: string][];
  body: Uint8Array;
  trailers: [name: string, value: string][];
  /** 0 is for as long as it takes. */
  timeoutMs: number;
  /** Aborted when nobody waits for the answer any more: its time is up, or the plugin has ended. */
  signal: AbortSignal;
}

export interface HttpAnswer {
  status?: number;
  headers?: HeaderList;
  body?: TextOrBytes;
  trailers?: HeaderList;
}

/**
 * A service's answer, or how it fails: no answer in time, no connection, one that broke off before the headers, one that
 * broke off in the body. They reach the plugin as Envoy would send them. Given at once, `"no hosts"` is for a cluster
 * without any, and `undefined` for one that does not exist: the plugin hears of both within its hostcall.
 */
export type HttpOutcome =
  HttpAnswer | "timeout" | "refused" | "reset" | "reset in the body" | "no hosts" | undefined;

/** What a plugin asks of a gRPC service. */
export interface GrpcCall {
  cluster: string;
  service: string;
  method: string;
  metadata: [name: string, value: string][];
  /** The message of a unary call; empty for a stream. */
  message: Uint8Array;
  /** 0 is for as long as it takes. */
  timeoutMs: number;
  /** Aborted when nobody waits for the answer to a unary call any more. */
  signal: AbortSignal;
  /** The service's end of a stream; absent for a unary call. */
  stream?: GrpcServerStream;
}

/** The service's end of a gRPC stream. */
export interface GrpcServerStream {
  /** Hears a message of the plugin's; `end` when it is the last. */
  onMessage: (message: Uint8Array, end: boolean) => void;
  /** Hears that the plugin has ended its side. */
  onEnd: () => void;
  /** Hears that the plugin wants no more of it. */
  onCancel: () => void;
  /** Once, before the first message; it is sent by itself when it is left out. */
  sendMetadata(metadata: HeaderList): void;
  send(message: TextOrBytes): void;
  /** Ends the stream; the trailing metadata come before. */
  close(status?: number, message?: string, trailers?: HeaderList): void;
}

/** The answer to a unary call: a message, or a status other than 0. */
export interface GrpcAnswer {
  message?: TextOrBytes;
  status?: number;
  statusMessage?: string;
}

/** `"open"` is for a stream that lives on; the others are as for HTTP. */
export type GrpcOutcome = GrpcAnswer | "open" | "timeout" | "refused" | "reset" | "no hosts" | undefined;

/** Addresses, as `192.0.2.1` or `192.0.2.1:0`, and for how many seconds they hold; `undefined` for an unknown name. */
export type DnsAnswer = { addresses: string[]; ttl?: number } | undefined;
