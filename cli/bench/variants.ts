import { compare } from "../measure/comparison.js";
import type { Measured } from "../measure/rounds.js";
import { quantile, summary } from "../measure/summary.js";
import type { GuestTime } from "../measure/v8/guest-time.js";
import { type FigureName, figureNames, figures, type GuestFigures, type Variant } from "./result.js";
import type { Entry } from "./contenders.js";

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** What was measured, in the form of the result: the baseline first, then the entries in their order. */
export function variants(
  measured: readonly Measured[],
  entries: readonly Entry[],
  guests: ReadonlyMap<string, GuestTime>,
): Variant[] {
  const [baseline, ...others] = measured;
  return [
    variant(baseline!, null, null, guests),
    ...others.map((one, index) => variant(one, entries[index]!, baseline!, guests)),
  ];
}

/** Of modules that were measured in Node's V8 alone. */
export const withoutEnvoy = (entries: readonly Entry[], guests: ReadonlyMap<string, GuestTime>): Variant[] =>
  entries
    .filter(({ kind }) => kind !== "chain")
    .map((entry) => ({ ...empty(entry), guest: guestOf(entry, guests) }));

function empty(entry: Entry | null): Variant {
  return {
    name: entry?.name ?? "baseline",
    kind: entry?.kind ?? "baseline",
    size: entry === null ? null : entry.chain.reduce((sum, { size }) => sum + size, 0),
    requests: 0,
    failures: {},
    unsent: 0,
    figures: null,
    busy: null,
    millisecondsToFirstAnswer: null,
    memory: null,
    against: null,
    guest: null,
  };
}

function variant(
  one: Measured,
  entry: Entry | null,
  baseline: Measured | null,
  guests: ReadonlyMap<string, GuestTime>,
): Variant {
  const memory = (field: "resident" | "proportional" | "allocated") =>
    median(one.memory.map((seen) => seen[field]));
  const failures = Object.values(one.failures).reduce((sum, count) => sum + count, 0);
  return {
    ...empty(entry),
    requests: one.good + failures,
    failures: one.failures,
    unsent: one.unsent,
    figures:
      one.rounds.length === 0 ? null : figuresOf((name) => summary(one.rounds.map((round) => round[name]))),
    busy: one.rounds.length === 0 ? null : median(one.rounds.map(({ busy }) => busy)),
    millisecondsToFirstAnswer: summary(one.millisecondsToFirstAnswer),
    memory: {
      resident: memory("resident"),
      proportional: memory("proportional"),
      allocated: memory("allocated"),
    },
    against: baseline === null ? null : against(one, baseline),
    guest: entry === null ? null : guestOf(entry, guests),
  };
}

const figuresOf = <T>(value: (name: FigureName) => T): Record<FigureName, T> =>
  Object.fromEntries(figureNames.map((name) => [name, value(name)])) as Record<FigureName, T>;

/** Rounds in which one of the two had no good answer say nothing about their difference. */
function against(one: Measured, baseline: Measured): Variant["against"] {
  const count = baseline.rounds.length;
  if (one.rounds.length !== count || count === 0) return null;
  const blocks = baseline.rounds.map(({ block }) => block);
  const compared = figuresOf((name) =>
    compare(
      baseline.rounds.map((round) => round[name]),
      one.rounds.map((round) => round[name]),
      { end: figures[name].end, blocks },
    ),
  );
  const started = (seen: Measured) => quantile(seen.millisecondsToFirstAnswer, 0.25);
  const resident = (seen: Measured) => median(seen.memory.map((memory) => memory.resident));
  return {
    ...compared,
    residentBytes: resident(one) - resident(baseline),
    millisecondsToFirstAnswer: started(one) - started(baseline),
  };
}

function guestOf({ chain, kind }: Entry, guests: ReadonlyMap<string, GuestTime>): GuestFigures | null {
  const time = kind === "chain" ? undefined : guests.get(chain[0]!.name);
  if (time === undefined) return null;
  const { request, callbacks, linearMemory, requests } = time;
  return { request, callbacks, linearMemory, requests };
}
