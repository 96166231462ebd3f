import assert from "node:assert/strict";
import { isBefore } from "../envoy/version.js";
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
  /** On Envoys before this version only; on all without it. */
  before?: string;
  /** Why it is so, and why it may be. */
  reason: string;
}

/** All scenarios that are not the same on both hosts. With the newest Envoy there are none. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    file: "plugins/custom-headers/scenarios/placeholders.yaml",
    name: "fills in what it reads from the request, on the response",
    host: "envoy",
    before: "1.37.0",
    reason: "older Envoys have no property request.headers_bytes",
  },
];

/** The difference that is listed of a scenario on a host; `envoy` is the version of an Envoy. */
export function differenceOf(
  { file, scenario }: { file: string; scenario: Scenario },
  host: HostName,
  envoy?: string,
  known = knownDifferences,
): KnownDifference | undefined {
  const isOld = (before: string) => envoy !== undefined && isBefore(envoy, before);
  return known.find(
    (entry) =>
      // Where this package is installed, its plugins lie in node_modules.
      (file === entry.file || file.endsWith(`/${entry.file}`)) &&
      entry.name === scenario.name &&
      entry.host === host &&
      (entry.before === undefined || isOld(entry.before)),
  );
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
