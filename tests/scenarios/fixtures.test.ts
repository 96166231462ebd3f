import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { EnvoyTheatre } from "../../cli/scenarios/envoy.js";
import { casts } from "../../cli/scenarios/envoy-casts.js";
import { filesAt } from "../../cli/scenarios/places.js";
import { play } from "../../cli/scenarios/play.js";
import { selectScenarios } from "../../cli/scenarios/select.js";
import { callerModules as modules, callerScenarios } from "./caller.js";

const files = () => filesAt({ word: "caller", scenarios: callerScenarios, plugin: null });
const roles = await selectScenarios({ files, filter: "", modules, only: undefined });

test("what a scenario can say is played", () => {
  assert.ok(roles.length >= 20);
  assert.deepEqual([...new Set(roles.map(({ plugin }) => plugin))], ["caller"]);
});

suite("what a scenario can say, on the embedded host", () => {
  for (const role of roles) {
    test(`${role.file}:${role.line} ${role.scenario.name}`, async () => {
      const stage = await EmbeddedStage.open(role, modules);
      await play(role.scenario, stage);
      stage.close();
    });
  }
});

for (const cast of casts(roles)) {
  suite(`what a scenario can say, ${cast.length} in one Envoy`, () => {
    let opening: Promise<EnvoyTheatre> | undefined;
    after(async () => (await opening)?.close());
    for (const role of cast) {
      test(`${role.file}:${role.line} ${role.scenario.name}`, async () => {
        opening ??= EnvoyTheatre.open(cast, modules);
        await play(role.scenario, await (await opening).stage(role));
      });
    }
  });
}
