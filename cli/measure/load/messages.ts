import type { ClosedLoop } from "./closed-loop.js";
import type { Target } from "./connection.js";
import type { FixedRate } from "./fixed-rate.js";
import type { LoadResult } from "./tally.js";

/** What a process of the generator is asked, each with a number that the answer bears. */
export type Order = { id: number } & (
  | { kind: "open"; pool: number; target: Target; connections: number }
  | { kind: "closed loop"; pool: number; options: ClosedLoop }
  | { kind: "fixed rate"; pool: number; options: FixedRate }
  | { kind: "close"; pool: number }
);

export type Done = { id: number } & ({ result: LoadResult | null } | { error: string });
