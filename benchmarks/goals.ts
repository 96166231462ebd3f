import { short, whole } from "../cli/bench/words.js";
import type { PeerName, WorkloadName } from "./names.js";
import type { EnvoyRun, EnvoyVariant, Result } from "./result.js";

/** A figure that this project wants to reach, and what the run saw. */
export interface Goal {
  figure: string;
  goal: string;
  measured: string;
  /** Null where the run did not see it. */
  isReached: boolean | null;
}

/**
 * C++'s guest time over Rust's, from a measurement of both on another day: there is no C++ in the run. The better of the two
 * is what counts.
 */
const cppOverRust: Partial<Record<WorkloadName, number>> = {
  noop: 100 / 70,
  headers: 217 / 202,
  transform: 324 / 583,
  "basic-auth": 465 / 446,
  body: 11.4 / 18.4,
};

const ratioText = (value: number, limit: number): string =>
  `${short(value)}${value <= limit ? "" : " (not reached)"}`;

/** The table "what to reach", with what was measured. */
export function goals(result: Result): Goal[] {
  return [
    ...guestGoals(result),
    bodyGoal(result),
    ...envoyGoals(result),
    ...sizeGoals(result),
    memoryGoal(result),
    startGoal(result),
    ...wearGoals(result),
  ];
}

const missing = (figure: string, goal: string): Goal => ({
  figure,
  goal,
  measured: "not in this run",
  isReached: null,
});

/** The best of the rounds: what else a machine does only ever adds. */
function guestTime({ v8 }: Result, peer: PeerName, workload: WorkloadName, bodyBytes = 0): number | null {
  const found = v8.find(
    (one) => one.peer === peer && one.workload === workload && one.bodyBytes === bodyBytes,
  );
  return found?.request.minimum ?? null;
}

function guestGoals(result: Result): Goal[] {
  return (["noop", "headers", "transform", "basic-auth"] as const).flatMap((workload): Goal[] => {
    const own = guestTime(result, "as-proxy-wasm-speed", workload);
    const small = guestTime(result, "as-proxy-wasm", workload);
    const rust = guestTime(result, "rust", workload);
    const floor = guestTime(result, "floor", workload);
    const overBetter = {
      figure: `guest time of ${workload}, in Node's V8, made with --speed`,
      goal: "at most 0.75 of the better of Rust and C++",
    };
    const overFloor = { figure: overBetter.figure, goal: "at most 1.5 of the floor" };
    if (own === null || small === null || rust === null || floor === null)
      return [overBetter, overFloor].map(({ figure, goal }) => missing(figure, goal));
    const better = rust * Math.min(1, cppOverRust[workload] ?? 1);
    return [
      {
        ...overBetter,
        measured: `${whole(own)} ns (${whole(small)} without), ${ratioText(own / better, 0.75)} of ${better < rust ? `C++'s (Rust ${whole(rust)} ns, C++ by its ratio to that)` : `Rust's ${whole(rust)} ns`}`,
        isReached: own / better <= 0.75,
      },
      {
        ...overFloor,
        measured: `${ratioText(own / floor, 1.5)} of ${whole(floor)} ns`,
        isReached: own / floor <= 1.5,
      },
    ];
  });
}

function bodyGoal(result: Result): Goal {
  const [figure, goal] = ["body of 16 KB, every match replaced by a longer text", "at most 0.45 of Rust"];
  const own = guestTime(result, "as-proxy-wasm", "body", 16 * 1024);
  const rust = guestTime(result, "rust", "body", 16 * 1024);
  if (own === null || rust === null) return missing(figure, goal);
  return {
    figure,
    goal,
    measured: `${short(own / 1000)} us, ${ratioText(own / rust, 0.45)} of Rust's ${short(rust / 1000)} us`,
    isReached: own / rust <= 0.45,
  };
}

const variantOf = (run: EnvoyRun | undefined, peer: PeerName): EnvoyVariant | undefined =>
  run?.variants.find((one) => one.peer === peer && one.chain === 1);

function envoyGoals({ envoy }: Result): Goal[] {
  const run = envoy.find(({ id }) => id === "headers");
  const added = (peer: PeerName) => variantOf(run, peer)?.against?.difference.value ?? null;
  const own = added("as-proxy-wasm");
  const quick = added("as-proxy-wasm-speed");
  const figure = "CPU that the header plugin adds to a request in Envoy";
  const others = [
    ["floor", "the floor", 1.1],
    ["rust", "Rust", 0.85],
  ] as const;
  const costs = others.map(([peer, name, limit]): Goal => {
    const other = added(peer);
    const goal = `at most ${limit} of ${name}`;
    if (own === null || other === null) return missing(figure, goal);
    return {
      figure,
      goal,
      measured: `${short(own)} us${quick === null ? "" : ` (${short(quick)} made with --speed)`}, ${ratioText(own / other, limit)} of ${short(other)} us`,
      isReached: own / other <= limit,
    };
  });
  const whole = [
    "throughput per CPU of the proxy with the header plugin, over that with the native filter",
    "at least 88 %",
  ] as const;
  const over = variantOf(run, "as-proxy-wasm")?.overNative;
  if (!over) return [...costs, missing(...whole)];
  const share = 100 / over.ratio.value;
  return [
    ...costs,
    {
      figure: whole[0],
      goal: whole[1],
      measured: `${short(share)} %${share >= 88 ? "" : " (not reached)"}`,
      isReached: share >= 88,
    },
  ];
}

function sizeGoals({ modules }: Result): Goal[] {
  return (["headers", "transform", "basic-auth"] as const).map((workload): Goal => {
    const [figure, goal] = [`size of the module of ${workload}, by default`, "at most 25 KB"];
    const own = modules.find((one) => one.peer === "as-proxy-wasm" && one.workload === workload);
    if (own === undefined) return missing(figure, goal);
    const size = own.bytes / 1024;
    return { figure, goal, measured: `${ratioText(size, 25)} KB`, isReached: size <= 25 };
  });
}

function memoryGoal({ wear }: Result): Goal {
  const [figure, goal] = ["linear memory after 1 million requests", "at most 256 KiB"];
  const own = wear.filter(({ peer }) => peer === "as-proxy-wasm");
  if (own.length === 0) return missing(figure, goal);
  const most = own
    .map(({ workload, memory, requests }) => ({ workload, requests, kib: memory.at(-1).bytes / 1024 }))
    .sort((one, other) => other.kib - one.kib)[0]!;
  return {
    figure,
    goal,
    measured: `${ratioText(most.kib, 256)} KiB at most (${most.workload}, after ${whole(most.requests)})`,
    isReached: most.kib <= 256,
  };
}

function startGoal({ starts }: Result): Goal {
  const [figure, goal] = ["start of Envoy with the plugin over without", "at most 20 ms"];
  const bare = starts.find(({ peer }) => peer === null);
  const own = starts.find(({ peer }) => peer === "as-proxy-wasm");
  if (bare === undefined || own === undefined) return missing(figure, goal);
  const more = own.milliseconds.lowerQuartile - bare.milliseconds.lowerQuartile;
  return { figure, goal, measured: `${ratioText(more, 20)} ms more`, isReached: more <= 20 };
}

function wearGoals({ wear }: Result): Goal[] {
  const own = wear.filter(({ peer }) => peer === "as-proxy-wasm");
  const kinds = [
    ["cost of a request with 10,000 streams open over 10", "manyOpen"],
    ["cost of a request after 1 million over after 1,000", "aged"],
  ] as const;
  return kinds.map(([figure, kind]): Goal => {
    const goal = "within 5 %";
    const seen = own.flatMap((one) => (one[kind] ? [{ workload: one.workload, ...one[kind] }] : []));
    if (seen.length === 0) return missing(figure, goal);
    const worst = seen.sort((one, other) => other.value - one.value)[0]!;
    const text = `${ratioText(worst.value, 1.05)} at most (${worst.workload}, 95 %: ${short(worst.low)} to ${short(worst.high)})`;
    return { figure, goal, measured: text, isReached: worst.value <= 1.05 };
  });
}
