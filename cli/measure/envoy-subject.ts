import type { Cluster, Route } from "../envoy/bootstrap.js";
import type { HttpFilter } from "../envoy/filters.js";
import { Envoy } from "../envoy/process.js";
import { firstAnswer } from "./first-answer.js";
import { freePort } from "./free-port.js";
import { memoryOf } from "./memory.js";
import type { Running, Subject } from "./rounds.js";

export interface EnvoySubjectOptions {
  name: string;
  /** The binary, as `findEnvoy` gives it. */
  binary: string;
  /** Between the client and the route: none of the baseline. */
  filters: HttpFilter[];
  routes: Route[];
  /** What else the connection manager's own configuration says. */
  more?: Record<string, unknown>;
  clusters?: Cluster[];
  /** The most that a connection buffers; Envoy's own, 1 MiB, without it. */
  bufferLimit?: number;
  /** Worker threads. */
  concurrency: number;
  /** The bytes of one request. */
  request: Uint8Array;
  isHead: boolean;
  /** Which status the first answer had: throws where that is not what is to be measured. */
  check(status: number): void;
}

/** An Envoy of its own with these filters, as something to measure. */
export function envoySubject(options: EnvoySubjectOptions): Subject {
  return { name: options.name, start: () => start(options) };
}

async function start(options: EnvoySubjectOptions): Promise<Running> {
  const port = await freePort();
  const target = { host: "127.0.0.1", port, request: options.request, isHead: options.isHead };
  const giveUp = new AbortController();
  const began = performance.now();
  const answered = firstAnswer(target, giveUp.signal).then((status) => {
    return { status, milliseconds: performance.now() - began };
  });
  answered.catch(() => {}); // of interest only when Envoy serves
  let envoy: Envoy;
  try {
    envoy = await Envoy.start({
      binary: options.binary,
      concurrency: options.concurrency,
      listeners: [
        {
          name: "measured",
          filters: options.filters,
          routes: options.routes,
          address: { port },
          balanced: options.concurrency > 1,
          ...(options.more && { more: options.more }),
          ...(options.bufferLimit !== undefined && { bufferLimit: options.bufferLimit }),
        },
      ],
      clusters: options.clusters ?? [],
    });
  } catch (error) {
    giveUp.abort();
    throw error;
  }
  const limit = setTimeout(() => giveUp.abort(new Error(`${options.name} gave no answer`)), 15_000);
  try {
    const { status, milliseconds } = await answered;
    options.check(status);
    return {
      pid: envoy.pid,
      target,
      millisecondsToFirstAnswer: milliseconds,
      memory: () => memoryOf(envoy),
      stop: () => stop(options.name, envoy),
    };
  } catch (error) {
    await envoy.stop();
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

/** Envoy ended by itself, or a module trapped: its figures are worth nothing. */
export class CameToHarm extends Error {}

async function stop(name: string, envoy: Envoy): Promise<void> {
  const ended = envoy.ended;
  const traps = envoy.log.matching(/Function: .* failed: Uncaught RuntimeError|\]\[critical\]/);
  await envoy.stop();
  if (ended !== null)
    throw new CameToHarm(`${name}: Envoy ended under load (${ended}):\n${envoy.log.tail(5)}`);
  if (traps.length > 0) throw new CameToHarm(`${name} trapped under load: ${traps[0]}`);
}
