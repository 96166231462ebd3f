import { setFlagsFromString } from "node:v8";
import { seeded, shuffled } from "../random.js";
import { summary, type Summary } from "../summary.js";
import { type Callback, callbacksOf } from "./request.js";
import { CheapestHost, type CheapestHostOptions } from "./cheapest-host.js";
import { nanosecondsEach } from "./own-time.js";

export interface Guest extends CheapestHostOptions {
  name: string;
  module: Uint8Array;
}

/** What a module takes in this process's V8, with the cheapest possible host. */
export interface GuestTime {
  name: string;
  /** Nanoseconds a request, one stream after the other. */
  request: Summary;
  /** Nanoseconds of each callback, measured with many streams open at once. */
  callbacks: Record<string, number>;
  /** Bytes of linear memory after all of them. */
  linearMemory: number;
  /** How many requests it has seen. */
  requests: number;
}

export interface GuestTimeOptions {
  rounds?: number;
  /** How long a module runs in a round, in milliseconds. */
  milliseconds?: number;
  seed?: number;
}

interface Live {
  host: CheapestHost;
  callbacks: Callback[];
  /** The next stream's number. */
  next: number;
  perRound: number;
  nanoseconds: number[];
  callbackTimes: Map<string, number[]>;
  requests: number;
}

/**
 * Times modules beside each other, in rounds in an order that changes. V8 compiles them as in Envoy: with its optimising
 * compiler, before the first call. Throws what a module that refuses or traps throws.
 */
export function guestTimes(guests: readonly Guest[], options: GuestTimeOptions = {}): GuestTime[] {
  const { rounds = 20, milliseconds = 15 } = options;
  const random = seeded(options.seed ?? 1);
  setFlagsFromString("--no-liftoff");
  const live = guests.map((guest) => begin(guest, milliseconds));
  for (let round = 0; round < rounds; round++) {
    for (const one of shuffled(live, random)) {
      one.nanoseconds.push(timeRequests(one, one.perRound));
      timeCallbacks(one);
    }
  }
  return live.map((one, index) => ({
    name: guests[index]!.name,
    request: summary(one.nanoseconds),
    callbacks: Object.fromEntries(
      [...one.callbackTimes].map(([name, times]) => [name, summary(times).lowerQuartile]),
    ),
    linearMemory: one.host.memorySize,
    requests: one.requests,
  }));
}

function begin(guest: Guest, milliseconds: number): Live {
  const host = CheapestHost.start(new WebAssembly.Module(guest.module as Uint8Array<ArrayBuffer>), guest);
  const callbacks = callbacksOf(host, guest.messages);
  const live: Live = {
    host,
    callbacks,
    next: 2,
    perRound: 100,
    nanoseconds: [],
    callbackTimes: new Map(callbacks.map(({ name }) => [name, []])),
    requests: 0,
  };
  // Until the host's own code is compiled as well.
  let spent = 0;
  let nanoseconds = 0;
  while (spent < 10 * milliseconds) {
    nanoseconds = timeRequests(live, live.perRound);
    spent += Math.max(0.01, (nanoseconds * live.perRound) / 1e6);
  }
  live.perRound = Math.max(2, Math.min(200_000, Math.round((milliseconds * 1e6) / Math.max(1, nanoseconds))));
  return live;
}

function timeRequests(live: Live, count: number): number {
  const { callbacks } = live;
  live.requests += count;
  return nanosecondsEach(count, () => {
    const context = live.next++;
    for (const callback of callbacks) callback.call(context);
  });
}

/** So many streams at once at the most: the clock is read twice for all of them. */
const mostAtOnce = 256;

function timeCallbacks(live: Live): void {
  const first = live.next;
  const batch = Math.min(mostAtOnce, live.perRound);
  live.next += batch;
  live.requests += batch;
  for (const { name, call } of live.callbacks) {
    const started = performance.now();
    for (let context = first; context < first + batch; context++) call(context);
    live.callbackTimes.get(name)!.push(((performance.now() - started) * 1e6) / batch);
  }
}
