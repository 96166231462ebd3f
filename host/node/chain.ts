import { HeaderMap, type HttpStream, type LocalReply, replyMessage } from "../index.js";
import { Direction, type MessageSink } from "./direction.js";
import type { StreamObserver } from "./options.js";

/** What is around a chain: the upstream at its end, the client at its beginning. */
export interface Surroundings {
  upstream: MessageSink;
  client: MessageSink;
  /** A local reply takes the upstream's place: what it was asked is in vain. */
  onLocalReply(): void;
  /** A plugin broke the stream off. */
  onReset(): void;
  /** Things have moved: what was too full may be so no longer. */
  onSettled(): void;
}

/** One stream's way through all plugins: requests from the first to the last, responses back. */
export class FilterChain {
  private readonly request: Direction;
  /** There when a response has begun. */
  private response: Direction | undefined;
  private requestHeaders = new HeaderMap();
  private replied = false;
  private replaced = false;
  private over = false;
  private readonly work: (() => void)[] = [];
  private working = false;

  constructor(
    private readonly filters: readonly HttpStream[],
    private readonly around: Surroundings,
    private readonly observer?: StreamObserver,
  ) {
    this.request = new Direction("request", filters, around.upstream, () => this.reset(), observer);
    for (const filter of filters) {
      filter.listener = {
        onProgress: () => this.run(() => this.progress(filter)),
        onLocalReply: (reply) => this.run(() => this.replyInstead(reply)),
      };
    }
  }

  /** The way in for what the client sends. */
  readonly fromClient: MessageSink = {
    headers: (headers, end) => {
      this.requestHeaders = headers;
      this.run(() => this.request.headers(headers, end));
    },
    data: (bytes, end) => this.run(() => this.request.data(bytes, end)),
    trailers: (trailers) => this.run(() => this.request.trailers(trailers)),
  };

  /** The way in for what the upstream answers. */
  readonly fromUpstream: MessageSink = {
    headers: (headers, end) => this.run(() => this.beginResponse().headers(headers, end)),
    data: (bytes, end) => this.run(() => this.response?.data(bytes, end)),
    trailers: (trailers) => this.run(() => this.response?.trailers(trailers)),
  };

  /** Answers in the upstream's place. */
  localReply(reply: LocalReply): void {
    this.run(() => this.reply(reply));
  }

  /** Whether a message should not be read on because a plugin holds more than `limit` bytes of it. */
  isFull(message: "request" | "response", limit: number): boolean {
    return this[message]?.holdsMoreThan(limit) ?? false;
  }

  /** The stream is over for all plugins; `details` says why, where it ended before its time. */
  close(details?: string): void {
    this.over = true;
    let headers = this.requestHeaders;
    for (const filter of this.filters) {
      headers = filter.requestHeadersSeen ?? headers;
      filter.close(details, headers);
    }
  }

  /** Does one thing after the other: a step of a filter is never taken from within a callback of its module. */
  private run(work: () => void): void {
    if (this.over) return;
    this.work.push(work);
    if (this.working) return;
    this.working = true;
    try {
      for (let next = this.work.shift(); next !== undefined; next = this.work.shift()) if (!this.over) next();
    } finally {
      this.working = false;
      this.work.length = 0;
    }
    if (!this.over) this.around.onSettled();
  }

  private progress(filter: HttpStream): void {
    this.request.progress(filter);
    this.response?.progress(filter);
  }

  /** Streams let a response pass whose request they have not seen. */
  private beginResponse(): Direction {
    const filters = [...this.filters].reverse();
    this.response = new Direction("response", filters, this.around.client, () => this.reset(), this.observer);
    return this.response;
  }

  /** The plugins' response callbacks see it, unless a response is on its way through them already. */
  private reply(reply: LocalReply): void {
    if (this.replied) return;
    this.replied = true;
    for (const filter of this.filters) filter.tellOfLocalReply(reply.details);
    this.request.stop();
    this.around.onLocalReply();
    const { headers, body } = replyMessage(reply, this.requestHeaders);
    this.response?.stop();
    const way = this.response === undefined ? this.beginResponse() : this.around.client;
    way.headers(headers, body.length === 0);
    if (body.length > 0) way.data(body, true);
  }

  /** A plugin's reply, which may take the place of one that it was shown: the second one's callbacks nobody sees. */
  private replyInstead(reply: LocalReply): void {
    if (this.replied && this.response !== undefined && !this.replaced) {
      this.replaced = true;
      this.replied = false;
    }
    this.reply(reply);
  }

  private reset(): void {
    this.request.stop();
    this.response?.stop();
    this.around.onReset();
  }
}
