import type { HeaderMap } from "./header-map.js";
import type { LocalReply } from "./local-reply.js";
import type { StreamOptions } from "./stream-host.js";

/** What a message looked like after a step, and what came of the step. */
export interface StepResult {
  /** What the module answered; 0 when it was not asked. */
  action: number;
  /** The headers as they now are. */
  headers: [name: string, value: string][];
  /** The part of the body that went on since the last step. */
  body: Uint8Array;
  /** The trailers as they now are, once they have come. */
  trailers: [name: string, value: string][];
  /** Whether the message waits for the plugin. */
  paused: boolean;
  /** Whether the headers have gone on, and whether all of the message has. */
  headersSent: boolean;
  end: boolean;
  /** What the host answers in the place of the upstream, after the filter's own response callbacks. */
  localReply?: LocalReply;
  /** The stream was broken off. */
  reset?: true;
  /** The module trapped. */
  trap?: Error;
}

/** What has gone on since it was last asked for. */
export interface Released {
  /** The headers, in the step in which they went on. */
  headers?: HeaderMap;
  body: Uint8Array;
  /** The trailers, when they went on. */
  trailers?: HeaderMap;
  /** Whether nothing follows. */
  end: boolean;
}

/** What a proxy hears of a stream while it takes no step, and in the middle of one. */
export interface StreamListener {
  /** Something went on, or the stream was broken off: after a service's answer, or a tick. */
  onProgress(): void;
  /**
   * The plugin answers in the place of the upstream. Whoever listens plays that as a response, also to this stream;
   * one that is `direct` goes to the client as it is, and this stream has ended.
   */
  onLocalReply(reply: LocalReply): void;
}

export interface HttpStreamOptions extends StreamOptions {
  /** `HTTP/1.1` without it. */
  protocol?: string;
}

/** How a host treats streams. */
export interface StreamRules {
  bufferLimit: number;
  allowStopIteration: boolean;
  /** The plugin's VM is dead, and streams pass untouched. */
  skipped: boolean;
}
