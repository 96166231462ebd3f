import { availableParallelism } from "node:os";
import type { FoundEnvoy } from "../envoy/find.js";
import { differenceOf } from "./differences.js";
import type { Difference } from "./difference.js";
import { EmbeddedStage } from "./embedded.js";
import { EnvoyTheatre } from "./envoy.js";
import { casts } from "./envoy-casts.js";
import type { HostName } from "./hosts.js";
import type { Modules } from "./modules.js";
import { differencesOf } from "./play.js";
import type { PlacedRole } from "./select.js";
import type { Stage } from "./stage.js";
import { withTrapLines } from "./trap-lines.js";

/** What came of a scenario on a host. */
export interface Outcome {
  role: PlacedRole;
  host: HostName;
  milliseconds: number;
  /** Nothing where it played as it says. */
  differences: Difference[];
  /** What the plugins logged, where it did not; each line once. */
  logged: string[];
}

export interface RunOptions {
  hosts: readonly HostName[];
  modules: Modules;
  /** The Envoy to be run; what `findEnvoy` finds without it. */
  envoy?: FoundEnvoy | undefined;
  onOutcome: (outcome: Outcome) => void;
}

/** Plays scenarios on hosts: in this process first, and then in as many Envoys at once as there are cores. */
export async function playAll(roles: readonly PlacedRole[], options: RunOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const tell = (outcome: Outcome) => {
    outcomes.push(outcome);
    options.onOutcome(outcome);
  };
  if (options.hosts.includes("embedded"))
    for (const role of roles) tell(await playEmbedded(role, options.modules));
  if (options.hosts.includes("envoy")) {
    const waiting = casts(roles);
    const lane = async () => {
      for (let cast = waiting.shift(); cast !== undefined; cast = waiting.shift())
        await playInEnvoy(cast, options, tell);
    };
    await Promise.all(Array.from({ length: availableParallelism() }, lane));
  }
  return outcomes;
}

async function playEmbedded(role: PlacedRole, modules: Modules): Promise<Outcome> {
  return outcomeOf(role, "embedded", undefined, async (judge) => {
    const stage = await EmbeddedStage.open(role, modules);
    try {
      return await withLines(await judge(stage), role, modules);
    } finally {
      stage.close();
    }
  });
}

async function playInEnvoy(
  cast: PlacedRole[],
  { modules, envoy }: RunOptions,
  tell: (outcome: Outcome) => void,
): Promise<void> {
  const opening = EnvoyTheatre.open(cast, modules, envoy?.path);
  opening.catch(() => {});
  for (const role of cast)
    tell(
      await outcomeOf(role, "envoy", envoy, async (judge) =>
        withLines(await judge(await (await opening).stage(role)), role, modules),
      ),
    );
  await (await opening.catch(() => undefined))?.close();
}

type Judged = Pick<Outcome, "differences" | "logged">;

const withLines = async (judged: Judged, role: PlacedRole, modules: Modules): Promise<Judged> => ({
  ...judged,
  differences: await withTrapLines(judged.differences, role, modules),
});

/** What goes wrong with a host is a difference as well: the other scenarios are played all the same. */
async function outcomeOf(
  role: PlacedRole,
  host: HostName,
  envoy: FoundEnvoy | undefined,
  play: (judge: (stage: Stage) => Promise<Judged>) => Promise<Judged>,
): Promise<Outcome> {
  const started = performance.now();
  let judged: Judged;
  try {
    judged = await play((stage) => judgedOn(stage, role, host, envoy));
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    judged = { differences: [{ where: "the host", wanted: "to play it", got }], logged: [] };
  }
  return { role, host, milliseconds: performance.now() - started, ...judged };
}

async function judgedOn(
  stage: Stage,
  role: PlacedRole,
  host: HostName,
  envoy: FoundEnvoy | undefined,
): Promise<Judged> {
  const found = await differencesOf(role.scenario, stage);
  const listed = differenceOf(role, host, envoy?.version);
  if (listed !== undefined) {
    const wanted = `a difference, because ${listed.reason}`;
    return {
      differences: found.length > 0 ? [] : [{ where: "differences.ts", wanted, got: "none" }],
      logged: [],
    };
  }
  if (found.length === 0) return { differences: [], logged: [] };
  const lines = (await stage.log()).map(({ level, text }) => `${level}: ${text}`);
  return { differences: found, logged: [...new Set(lines)] };
}
