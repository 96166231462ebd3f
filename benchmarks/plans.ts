import { library, type LibraryPair } from "./library.js";
import { type PeerName, peerNames, type WorkloadName } from "./names.js";
import { basic, page } from "./workloads.js";

/** Variants that are measured side by side in Envoy. */
export interface Plan {
  id: string;
  title: string;
  workload: WorkloadName;
  workers: number;
  rounds: number;
  starts: number;
  /** Of each of the two kinds of load, in a round. */
  milliseconds: number;
  /** The filter of each, so many times in a row. */
  variants: { peer: PeerName; chain: number }[];
  /** In the place of the response's body of the timed exchange. */
  responseBody?: string;
  /** A plugin of the library and Envoy's own filter, in the place of the workload's variants. */
  library?: LibraryPair;
  /** Beside the fields of the timed exchange. */
  moreHeaders?: readonly (readonly [string, string])[];
}

const everybody = peerNames.filter((peer) => peer !== "as-proxy-wasm-speed");
const alone = (peers: readonly PeerName[]) => peers.map((peer) => ({ peer, chain: 1 }));

/** About 5 KB of fields, as behind a sign-in with cookies and tracing. */
const manyFields = Array.from({ length: 40 }, (_, index): [string, string] => [
  `x-field-${index}`,
  basic(`a value of ninety bytes for the field ${index}, which nobody asks for, x`),
]);

const sizes: [string, number][] = [
  ["1 KB", 1024],
  ["16 KB", 16 * 1024],
  ["64 KB", 64 * 1024],
  ["1 MB", 1024 * 1024],
];

/** What is measured in Envoy, in this order. A short run tries all of it, for figures that mean little. */
export function plans(isShort: boolean, rounds?: number): Plan[] {
  const plan = (
    id: string,
    title: string,
    workload: WorkloadName,
    wholeRounds: number,
    more: Partial<Plan> = {},
  ): Plan => ({
    id,
    title,
    workload,
    workers: 1,
    rounds: rounds ?? (isShort ? 2 : wholeRounds),
    starts: isShort ? 1 : 3,
    milliseconds: isShort ? 60 : 200,
    variants: alone(everybody),
    ...more,
  });
  const chained = (peer: PeerName, ...lengths: number[]) => lengths.map((chain) => ({ peer, chain }));
  const all = [
    plan("headers", "headers, the smallest request, 1 worker", "headers", 20, { variants: alone(peerNames) }),
    plan("headers-2-workers", "headers, 2 workers", "headers", 12, { workers: 2 }),
    plan("headers-large", "headers, 5 KB of other fields", "headers", 12, { moreHeaders: manyFields }),
    plan("noop", "noop", "noop", 12),
    plan("transform", "transform", "transform", 12),
    plan("transform-large", "transform, 5 KB of other fields", "transform", 12, { moreHeaders: manyFields }),
    plan("basic-auth", "basic-auth", "basic-auth", 12),
    ...sizes.map(([name, size]) =>
      plan(`body-${size / 1024}k`, `body of ${name}`, "body", 9, {
        starts: isShort ? 1 : 2,
        responseBody: page(size),
      }),
    ),
    plan("callout", "callout", "callout", 12),
    plan("counter", "counter, 1 worker", "counter", 9),
    plan("counter-2-workers", "counter, 2 workers", "counter", 9, { workers: 2 }),
    plan("json", "json", "json", 9),
    plan("chain", "headers, 1 to 8 plugins in a row", "headers", 12, {
      variants: [
        ...chained("as-proxy-wasm", 1, 2, 4, 8),
        ...chained("rust", 1, 8),
        ...chained("floor", 1, 8),
      ],
    }),
    // They have requests of their own, with the smallest workload's answer.
    ...library.map((pair) =>
      plan(`library-${pair.plugin}`, `plugin ${pair.plugin}, beside ${pair.native.name}`, "noop", 9, {
        variants: alone(["as-proxy-wasm", "native"]),
        library: pair,
        starts: isShort ? 1 : 2,
        moreHeaders: pair.headers,
      }),
    ),
  ];
  return isShort ? all.filter(({ id }) => !/-2-workers|-large|-64k/.test(id)) : all;
}

/** How often each is started for the time to the first answer. */
export const startRounds = (isShort: boolean): number => (isShort ? 2 : 12);

/** Seconds that it takes, roughly: rounds, and starting, warming up and ending each of them. */
export const secondsOf = ({ variants, rounds, starts, milliseconds }: Plan): number =>
  (variants.length + 1) * ((rounds * (2 * milliseconds + 15)) / 1000 + starts * 0.9);
