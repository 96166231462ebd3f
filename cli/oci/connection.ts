import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { sentenceFor } from "./connection-errors.js";
import { dockerHub } from "./reference.js";

export interface Request {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH";
  /** A path of the registry, or a whole URL that it named. */
  url: string | URL;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** How many bytes of an answer are read at most. */
  limit?: number;
  /** Told of each piece of the answer. */
  received?: (bytes: number) => void;
  /** One attempt and no more: for what must not be sent twice. */
  once?: boolean;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
  /** Where it came from after redirections: what `Location` is relative to. */
  url: URL;
}

export interface ConnectionOptions {
  /** Plain http, where https is expected. */
  plainHttp?: boolean;
  /** Told, in a sentence, why something is tried again. */
  note?: (sentence: string) => void;
}

const maxAttempts = 5;
const maxRedirects = 5;
/** Nobody waits longer than this before another attempt, whatever the registry asks for. */
const maxPause = 60_000;
const worthAnotherTry = new Set([408, 429, 500, 502, 503, 504]);

/** An answer broke off, or none came: it may be different the next time. */
export class Interrupted extends Error {
  constructor(
    message: string,
    /** How long the registry asks to wait, as its `Retry-After` says it. */
    readonly retryAfter: string | null = null,
  ) {
    super(message);
  }
}

/** HTTP to one registry: https, or http on the loopback; tries again what may pass; follows redirections. */
export class Connection {
  private scheme: "https" | "http" | undefined;

  constructor(
    readonly host: string,
    private readonly options: ConnectionOptions = {},
  ) {
    if (options.plainHttp) this.scheme = "http";
  }

  /** True when credentials may go over plain http: somebody asked for it, or they do not leave the machine. */
  get isPlain(): boolean {
    return this.scheme === "http";
  }

  /** The registry's own address of a path. */
  private address(path: string | URL): URL {
    if (path instanceof URL) return path;
    const host = this.host === dockerHub ? "registry-1.docker.io" : this.host;
    return new URL(path, `${this.scheme ?? "https"}://${host}`);
  }

  /** True when credentials for the registry may be sent there. */
  isOwn(url: URL): boolean {
    return url.origin === this.address("/").origin;
  }

  /** What a `Location` names. A registry behind a proxy often takes itself for plain http: that is put right. */
  locate(location: string, answer: Answer): URL {
    let url: URL;
    try {
      url = new URL(location, answer.url);
    } catch {
      throw new WrongUse(`${this.host} names ${location} as the place to go on, which is no address`);
    }
    const own = this.address("/");
    if (own.protocol === "https:" && url.protocol === "http:" && url.hostname === own.hostname) {
      url.protocol = "https:";
      if (url.port !== own.port) url.port = own.port;
    }
    return url;
  }

  /** Sends a request, again when that may help, and gives the answer whatever its status is. */
  async send(request: Request): Promise<Answer> {
    const attempts = request.once ? 1 : maxAttempts;
    for (let attempt = 1; ; attempt++) {
      let answer: Answer | undefined;
      let why: string;
      try {
        answer = await this.follow(request);
        if (!worthAnotherTry.has(answer.status) || attempt === attempts) return answer;
        why = `${this.host} answers ${answer.status}`;
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        if (request.once) throw error;
        if (attempt === attempts)
          throw new MissingPrerequisite(`${error.message} (tried ${attempts} times): try again later`);
        why = error.message;
      }
      const pause = pauseBefore(attempt, answer?.headers.get("retry-after") ?? null);
      this.options.note?.(`${why}: trying again in ${(pause / 1000).toFixed(1)} s`);
      await sleep(pause);
    }
  }

  private async follow(request: Request): Promise<Answer> {
    let url = this.address(request.url);
    let headers = { ...request.headers };
    for (let redirects = 0; ; redirects++) {
      const answer = await this.exchange(url, { ...request, headers });
      url = answer.url;
      const location = answer.headers.get("location");
      const goesOn = [301, 302, 303, 307, 308].includes(answer.status) && location !== null;
      if (!goesOn || (request.method !== "GET" && request.method !== "HEAD" && answer.status < 307))
        return answer;
      if (redirects === maxRedirects) throw new WrongUse(`${this.host} redirects in a circle`);
      const next = this.locate(location, answer);
      if (url.protocol === "https:" && next.protocol !== "https:")
        throw new WrongUse(`${this.host} redirects to ${next.host} without https, which is not followed`);
      // Credentials are for the registry alone: storage that it redirects to has its own in the address.
      if (next.origin !== url.origin) headers = withoutAuthorization(headers);
      url = next;
    }
  }

  private async exchange(url: URL, request: Request): Promise<Answer> {
    try {
      const answer = await exchangeOnce(url, request);
      if (this.isFirst(url)) this.scheme = "https";
      return answer;
    } catch (error) {
      const { sentence, kind } = sentenceFor(error, url);
      if (kind === "plain" && this.isFirst(url) && isLoopback(url.hostname)) {
        this.scheme = "http";
        const plain = new URL(url);
        plain.protocol = "http:";
        return this.exchange(plain, request);
      }
      if (kind === "passing") throw new Interrupted(sentence);
      throw new MissingPrerequisite(sentence);
    }
  }

  private isFirst(url: URL): boolean {
    return this.scheme === undefined && url.protocol === "https:";
  }
}

async function exchangeOnce(url: URL, request: Request): Promise<Answer> {
  const { method, headers = {}, body, limit = 1024 * 1024, received } = request;
  const response = await fetch(url, {
    method,
    headers,
    redirect: "manual",
    ...(body !== undefined && { body: body as string | Uint8Array<ArrayBuffer> }),
  });
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (response.body !== null)
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      length += piece.length;
      if (length > limit)
        throw new WrongUse(`${url.host} sends more than the ${limit} bytes that were to come`);
      pieces.push(piece);
      if (response.ok) received?.(piece.length);
    }
  return { status: response.status, headers: response.headers, body: Buffer.concat(pieces), url };
}

function withoutAuthorization(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"),
  );
}

/** The doubling pause of the attempt, or what `Retry-After` asks for: seconds, or a date. */
export function pauseBefore(attempt: number, retryAfter: string | null, now = Date.now()): number {
  if (retryAfter !== null) {
    const asked = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
    if (!Number.isNaN(asked)) return Math.min(Math.max(asked, 0), maxPause);
  }
  return 200 * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
}

export function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (bare === "localhost" || bare.endsWith(".localhost") || bare === "::1") return true;
  return isIP(bare) === 4 && bare.startsWith("127.");
}
