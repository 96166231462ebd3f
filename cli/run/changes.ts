import { differences } from "../differences.js";
import { Fields } from "../headers.js";

type FieldList = [name: string, value: string][];

/** What was seen of a message at one place of the chain: 0 is before the first plugin, n behind n of them. */
export type Sighting = { stream: string; message: "request" | "response"; place: number } & (
  | { part: "headers" | "trailers"; fields: FieldList }
  /** A body that came to its end: how long it was, what tells it from others, and its first bytes. */
  | { part: "body"; size: number; sum: string; begin: string }
);

/** How a stream ended. */
export interface StreamEnd {
  stream: string;
  method: string;
  path: string;
  /** 0 where the client got no answer. */
  status: number;
  milliseconds: number;
  /** Why the upstream did not answer. */
  failure?: string;
}

/** What a plugin made of one exchange. */
export interface PluginChanges {
  plugin: string;
  /** Each as `+ name: value`, `- name: value` or `~ name: before -> after`. */
  request: string[];
  response: string[];
  /** The plugin gave the answer itself, with this status. */
  answered?: number;
}

export interface ExchangeChanges {
  method: string;
  path: string;
  status: number;
  milliseconds: number;
  failure?: string;
  plugins: PluginChanges[];
}

interface Body {
  size: number;
  sum: string;
  begin: string;
}

interface Seen {
  headers?: Fields;
  trailers?: Fields;
  body?: Body;
}

interface Stream {
  /** By place. */
  request: Seen[];
  response: Seen[];
}

/** Streams that nothing was heard of for as long as so many others came are forgotten. */
const mostStreams = 2000;

/** Puts together what was seen of each stream, and says at its end what each plugin changed. */
export class Changes {
  private readonly streams = new Map<string, Stream>();

  /** `plugins` are the names of those in the chain, the client's first. */
  constructor(private readonly plugins: readonly string[]) {}

  see(sighting: Sighting): void {
    const stream = this.streams.get(sighting.stream) ?? { request: [], response: [] };
    this.streams.set(sighting.stream, stream);
    const [oldest] = this.streams.keys();
    if (this.streams.size > mostStreams && oldest !== undefined) this.streams.delete(oldest);
    const seen = (stream[sighting.message][sighting.place] ??= {});
    if (sighting.part === "body") seen.body = sighting;
    else seen[sighting.part] = new Fields(sighting.fields);
  }

  end({ stream: name, ...how }: StreamEnd): ExchangeChanges {
    const stream = this.streams.get(name) ?? { request: [], response: [] };
    this.streams.delete(name);
    const first = stream.request[0]?.headers;
    return {
      ...how,
      method: first?.get(":method") ?? how.method,
      path: first?.get(":path") ?? how.path,
      plugins: this.plugins.map((plugin, place) => this.changesOf(plugin, place, stream, how.status)),
    };
  }

  private changesOf(plugin: string, place: number, stream: Stream, status: number): PluginChanges {
    const { request, response } = stream;
    const answered = answeredHere(place, stream, status);
    return {
      plugin,
      request: between(request[place], request[place + 1]),
      response: between(response[place + 1], response[place]),
      ...(answered !== undefined && { answered }),
    };
  }
}

/** A request that came to a plugin and no further was answered by it; so was a response that it did not let go on. */
function answeredHere(place: number, { request, response }: Stream, status: number): number | undefined {
  const came = request[place]?.headers !== undefined;
  const went = request[place + 1]?.headers !== undefined;
  if (came && !went && status > 0) return Number(response.at(-1)?.headers?.get(":status") ?? status);
  const responseCame = response[place + 1]?.headers !== undefined;
  const responseWent = response[place]?.headers !== undefined;
  return responseCame && !responseWent && status > 0 ? status : undefined;
}

function between(before: Seen | undefined, after: Seen | undefined): string[] {
  if (before?.headers === undefined || after?.headers === undefined) return [];
  const nothing = new Fields([]);
  return [
    ...differences(before.headers, after.headers, new Set()),
    ...bodyChange(before.body, after.body),
    ...differences(before.trailers ?? nothing, after.trailers ?? nothing, new Set()).map(
      (change) => `${change} (trailer)`,
    ),
  ];
}

function bodyChange(before: Body | undefined, after: Body | undefined): string[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [`+ body: ${brief(after!)}`];
  if (after === undefined) return [`- body: ${brief(before)}`];
  if (before.size === after.size && before.sum === after.sum) return [];
  return [`~ body: ${brief(before)} -> ${brief(after)}`];
}

const shownText = 60;

function brief({ size, begin }: Body): string {
  const isText = !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(begin.slice(0, -1));
  if (!isText) return `${size} bytes`;
  const short = begin.length > shownText ? `${begin.slice(0, shownText)}...` : begin;
  return `${JSON.stringify(short)} (${size} bytes)`;
}
