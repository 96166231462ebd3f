import { encodePairs, type Pair } from "../../../host/pairs.js";

/** What the cheapest host hands over again and again: the parts of one request and its response. */
export interface MessageText {
  /** Pseudo headers first, names in lower case. */
  requestHeaders: readonly (readonly [string, string])[];
  requestBody: Uint8Array;
  responseHeaders: readonly (readonly [string, string])[];
  responseBody: Uint8Array;
  /** Of the answer to each HTTP call; calls are never answered without them. */
  callHeaders?: readonly (readonly [string, string])[];
}

/** Headers, made ready so that neither a look-up nor the whole block costs a host more than it must. */
export class ReadyHeaders {
  readonly count: number;
  readonly block: Uint8Array;
  /** By the length of the name: few names have the same. */
  readonly byLength: readonly (readonly Pair[])[];

  constructor(fields: readonly (readonly [string, string])[]) {
    const encoder = new TextEncoder();
    const pairs: Pair[] = fields.map(([name, value]) => [encoder.encode(name), encoder.encode(value)]);
    this.count = pairs.length;
    this.block = encodePairs(pairs);
    const longest = Math.max(0, ...pairs.map(([name]) => name.length));
    this.byLength = Array.from({ length: longest + 1 }, (_, length) =>
      pairs.filter(([name]) => name.length === length),
    );
  }
}

export class ReadyMessages {
  readonly requestHeaders: ReadyHeaders;
  readonly responseHeaders: ReadyHeaders;
  readonly requestBody: Uint8Array;
  readonly responseBody: Uint8Array;
  readonly callHeaders: ReadyHeaders | null;

  constructor(text: MessageText) {
    this.requestHeaders = new ReadyHeaders(text.requestHeaders);
    this.responseHeaders = new ReadyHeaders(text.responseHeaders);
    this.requestBody = text.requestBody;
    this.responseBody = text.responseBody;
    this.callHeaders = text.callHeaders ? new ReadyHeaders(text.callHeaders) : null;
  }

  /** By the number of the map in the ABI: what a request does not have is empty. */
  headers(map: number): ReadyHeaders {
    if (map === 0) return this.requestHeaders;
    if (map === 2) return this.responseHeaders;
    return map === 6 && this.callHeaders !== null ? this.callHeaders : none;
  }
}

const none = new ReadyHeaders([]);
