import { seeded, shuffled } from "../../measure/random.js";
import type { Expected } from "../../measure/load/expected.js";
import type { LoadGenerator } from "../../measure/load/generator.js";
import type { LoadResult } from "../../measure/load/tally.js";
import { WrongUse } from "../../terminal.js";
import type { Service } from "./service.js";
import { settled } from "./settle.js";
import type { Switch } from "./switch.js";

export type State = "on" | "off";

/** Where the plugin is on and off: one service and what switches it, or a service for each. */
export type Sides =
  | { service: Service; how: Switch; settleMilliseconds: number; sign?: string }
  | { on: Service; off: Service };

export interface UrlLoad {
  /** Of each side. */
  requests: number;
  connections: number;
  /** Requests a second; as fast as it goes without it. */
  rate?: number;
  expected: Expected;
  generator: LoadGenerator;
  signal: AbortSignal;
  progress(share: number, what: string): void;
}

export type Pieces = Record<State, LoadResult[]>;

const mostPieces = 20;

/**
 * Measures a service with the plugin on and off. Two services take turns, piece by piece. One that has to be switched is
 * measured on, off, off and on: so a change of the machine's mood that goes on meets both sides alike, and it is
 * switched twice only. After each change connections are new: proxies keep old ones on the old configuration.
 */
export async function measureUrl(sides: Sides, load: UrlLoad): Promise<Pieces> {
  const pieces: Pieces = { on: [], off: [] };
  const count = pieceCount(load.requests);
  const sizes = shares(load.requests, count);
  let done = 0;
  const measure = async (service: Service, state: State, indices: readonly number[]) => {
    const live = await load.generator.open(service.target, load.connections);
    try {
      // Connecting and handshakes belong to no request.
      await live.closedLoop({ requests: load.connections, expected: load.expected });
      for (const index of indices) {
        load.signal.throwIfAborted();
        load.progress(done++ / (2 * count), `with the plugin ${state}`);
        const requests = sizes[index]!;
        const { expected, rate } = load;
        pieces[state].push(
          rate === undefined
            ? await live.closedLoop({ requests, expected })
            : await live.fixedRate({ rate, milliseconds: (requests / rate) * 1000, expected }),
        );
      }
    } finally {
      await live.close().catch(() => {}); // the generator may be gone: it was interrupted
    }
  };
  const all = sizes.map((_, index) => index);
  if ("on" in sides) {
    const random = seeded(1);
    for (const index of all)
      for (const state of shuffled(["on", "off"] as const, random))
        await measure(sides[state], state, [index]);
    return pieces;
  }
  const { service, how, settleMilliseconds, sign } = sides;
  const half = Math.ceil(count / 2);
  const turn = async (state: State) => {
    load.signal.throwIfAborted();
    load.progress(done / (2 * count), `turning the plugin ${state}`);
    const isChanged = await how.turn(state);
    await settled(service, state, {
      milliseconds: isChanged ? settleMilliseconds : 0,
      ...(sign !== undefined && { sign }),
      signal: load.signal,
    });
  };
  await turn("on");
  await measure(service, "on", all.slice(0, half));
  await turn("off");
  await measure(service, "off", all);
  await turn("on");
  await measure(service, "on", all.slice(half));
  return pieces;
}

/** Pieces of a hundred requests at least. */
const pieceCount = (requests: number): number =>
  Math.max(1, Math.min(mostPieces, Math.floor(requests / 100)));

const shares = (total: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(total / count) + (index < total % count ? 1 : 0));

/** Asks once: throws where nobody answers, or not with a status that counts. */
export async function seeThatAnswers(
  service: Service,
  expected: Expected,
  counts: (status: number) => boolean,
): Promise<void> {
  let status: number;
  try {
    ({ status } = await service.probe());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const tls = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code ?? "");
    throw new WrongUse(
      `${service.url.href} does not answer: ${code ?? message}${tls ? " (its certificate is not trusted here: --insecure goes on all the same)" : ""}`,
    );
  }
  if (!counts(status))
    throw new WrongUse(
      `${service.description} is answered with ${status}, where ${expected.join(" or ")} counts as good: give the request what it needs (-H, -d), or say --status ${status}.`,
    );
}
