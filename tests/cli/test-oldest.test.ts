import assert from "node:assert/strict";
import { test } from "node:test";
import { findEnvoy } from "../../cli/envoy/find.js";
import { testedEnvoys } from "../../cli/envoy/tested.js";
import { knownDifferences } from "../../cli/scenarios/differences.js";
import { inLines } from "../../cli/scenarios/difference.js";
import { libraryScenarios } from "../../cli/scenarios/find.js";
import { libraryModules } from "../../cli/scenarios/modules.js";
import { type Outcome, playAll } from "../../cli/scenarios/run.js";

/** `all` plays every scenario, which takes some minutes; without it one of each plugin is played, and what differs. */
const isThorough = process.env["AS_PROXY_WASM_OLDEST"] === "all";

test(`plugins play on Envoy ${testedEnvoys.oldest}, the oldest that is tested, as on the newest`, async () => {
  const envoy = await findEnvoy({ version: testedEnvoys.oldest, report: console.log });
  assert.equal(envoy.version, testedEnvoys.oldest);
  const all = await libraryScenarios();
  const plugins = new Set(all.map(({ plugin }) => plugin));
  const differing = all.filter(({ file, scenario }) =>
    knownDifferences.some(
      (one) => one.before !== undefined && one.file === file && one.name === scenario.name,
    ),
  );
  const one = [...plugins].map((name) => all.find((role) => role.plugin === name && !role.scenario.refused)!);
  const roles = isThorough ? all : [...new Set([...one, ...differing])];
  const failed: Outcome[] = [];
  const outcomes = await playAll(roles, {
    hosts: ["envoy"],
    modules: libraryModules,
    envoy,
    onOutcome: (outcome) => {
      if (outcome.differences.length > 0) failed.push(outcome);
    },
  });
  assert.equal(outcomes.length, roles.length);
  assert.ok(roles.length >= plugins.size);
  assert.deepEqual(
    failed.map(
      ({ role, differences }) => `${role.file} ${role.scenario.name}\n${differences.map(inLines).join("\n")}`,
    ),
    [],
  );
});
