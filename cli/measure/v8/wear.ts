import { setFlagsFromString } from "node:v8";
import { type Comparison, compare } from "../comparison.js";
import { seeded, shuffled } from "../random.js";
import { summary, type Summary } from "../summary.js";
import { CheapestHost } from "./cheapest-host.js";
import type { Guest } from "./guest-time.js";
import { nanosecondsEach } from "./own-time.js";
import { type Callback, callbacksOf } from "./request.js";

/** Whether a module's requests cost more under one circumstance than under another, in rounds side by side. */
export interface Wear {
  /** Nanoseconds a request. */
  before: Summary;
  after: Summary;
  comparison: Comparison;
}

/** A module with streams that begin and end. */
class Streams {
  readonly host: CheapestHost;
  requests = 0;
  private readonly opening: Callback[];
  private readonly closing: Callback[];
  /** The stream that is to begin next, and the one that is to end next. */
  private first = 2;
  private last = 2;

  constructor(module: WebAssembly.Module, guest: Guest) {
    this.host = CheapestHost.start(module, guest);
    const all = callbacksOf(this.host, guest.messages);
    const isOpening = ({ name }: Callback) => /_context_create$|_request_|_http_call_/.test(name);
    this.opening = all.filter(isOpening);
    this.closing = all.filter((callback) => !isOpening(callback));
  }

  open(): void {
    const context = this.first++;
    for (const callback of this.opening) callback.call(context);
  }

  close(): void {
    const context = this.last++;
    for (const callback of this.closing) callback.call(context);
    this.requests++;
  }

  /** One begins, and the one that has been open for longest ends. */
  turn = (): void => {
    this.open();
    this.close();
  };
}

export interface WearOptions {
  rounds?: number;
  /** Requests of each in a round. */
  requests?: number;
  seed?: number;
}

const compiled = (guest: Guest): WebAssembly.Module => {
  setFlagsFromString("--no-liftoff");
  return new WebAssembly.Module(guest.module as Uint8Array<ArrayBuffer>);
};

/** With so many streams open against with few. */
export function withManyOpen(guest: Guest, few: number, many: number, options: WearOptions = {}): Wear {
  const module = compiled(guest);
  const [one, other] = [few, many].map((count) => {
    const streams = new Streams(module, guest);
    for (let index = 0; index < count; index++) streams.open();
    return streams;
  });
  const { requests = 5000 } = options;
  for (const streams of [one!, other!]) nanosecondsEach(2 * requests, streams.turn);
  return inRounds(
    () => nanosecondsEach(requests, one!.turn),
    () => nanosecondsEach(requests, other!.turn),
    options,
  );
}

/** Requests in a row on one instance, with the size of its memory on the way. */
export class Aged {
  /** Bytes of linear memory after so many requests. */
  readonly memory: { requests: number; bytes: number }[] = [];
  private readonly module: WebAssembly.Module;
  private readonly old: Streams;

  constructor(private readonly guest: Guest) {
    this.module = compiled(guest);
    this.old = new Streams(this.module, guest);
  }

  get requests(): number {
    return this.old.requests;
  }

  /** Until there were so many requests, or the time is over. */
  run(requests: number, milliseconds: number): void {
    const end = performance.now() + milliseconds;
    for (let next = 1000; this.requests < requests && performance.now() < end; next *= 10) {
      const until = Math.min(next, requests);
      while (this.requests < until && performance.now() < end)
        for (let index = Math.min(500, until - this.requests); index > 0; index--) this.old.turn();
      this.memory.push({ requests: this.requests, bytes: this.old.host.memorySize });
    }
  }

  /** The aged instance against fresh ones that have seen 1,000 requests. */
  compare(options: WearOptions = {}): Wear {
    const { requests = 5000 } = options;
    return inRounds(
      () => {
        const young = new Streams(this.module, this.guest);
        for (let index = 0; index < 1000; index++) young.turn();
        return nanosecondsEach(requests, young.turn);
      },
      () => {
        // What lay in the processor's caches is the fresh instance's by now.
        for (let index = 0; index < 1000; index++) this.old.turn();
        return nanosecondsEach(requests, this.old.turn);
      },
      options,
    );
  }
}

function inRounds(before: () => number, after: () => number, options: WearOptions): Wear {
  const { rounds = 30 } = options;
  const random = seeded(options.seed ?? 1);
  const [one, other]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++)
    for (const isAfter of shuffled([false, true], random))
      (isAfter ? other : one).push(isAfter ? after() : before());
  return {
    before: summary(one),
    after: summary(other),
    comparison: compare(one, other, { end: "low", resamples: 500 }),
  };
}
