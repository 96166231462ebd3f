import assert from "node:assert/strict";
import type { HostName } from "./hosts.js";
import { differencesOf, play } from "./play.js";
import type { Scenario } from "./scenario.js";
import type { Stage } from "./stage.js";

/** A scenario that one of the hosts does not play as the other does. */
export interface KnownDifference {
  /** From the repository's root. */
  file: string;
  /** The scenario's. */
  name: string;
  /** The host on which it is not as the scenario says. */
  host: HostName;
  /** Why it is so, and why it may be. */
  reason: string;
}

/** All scenarios that are not the same on both hosts. There are none. */
export const knownDifferences: readonly KnownDifference[] = [];

/** The difference that is listed of a scenario on a host. */
export function differenceOf(
  { file, scenario }: { file: string; scenario: Scenario },
  host: HostName,
  known = knownDifferences,
): KnownDifference | undefined {
  return known.find((entry) => entry.file === file && entry.name === scenario.name && entry.host === host);
}

/** Plays a scenario; where a difference is listed, it must be there. */
export async function playOn(
  scenario: Scenario,
  stage: Stage,
  difference: KnownDifference | undefined,
): Promise<void> {
  if (difference === undefined) return play(scenario, stage);
  const found = await differencesOf(scenario, stage);
  assert.ok(found.length > 0, `differences.ts lists it for ${difference.host}, and it plays as it says`);
}
