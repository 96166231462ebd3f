import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { findEnvoy } from "../../cli/envoy/find.js";
import { differenceOf, knownDifferences, playOn } from "../../cli/scenarios/differences.js";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { EnvoyTheatre } from "../../cli/scenarios/envoy.js";
import { casts } from "../../cli/scenarios/envoy-casts.js";
import { type LibraryRole, libraryScenarios } from "../../cli/scenarios/find.js";
import { chosenHosts, chosenScenarios, type HostName } from "../../cli/scenarios/hosts.js";
import type { Stage } from "../../cli/scenarios/stage.js";

const all = await libraryScenarios();
const roles = chosenScenarios(all);
const hosts = chosenHosts();
const envoy = hosts.includes("envoy") ? await findEnvoy() : undefined;

if (hosts.includes("embedded")) {
  suite(`${roles.length} scenarios on the embedded host`, () => {
    for (const role of roles) {
      plays(role, "embedded", async () => {
        const stage = await EmbeddedStage.open(role);
        return { stage, close: () => stage.close() };
      });
    }
  });
}

if (hosts.includes("envoy")) {
  for (const cast of casts(roles)) {
    suite(`${cast.length} scenarios in one Envoy`, () => {
      let opening: Promise<EnvoyTheatre> | undefined;
      after(async () => (await opening)?.close());
      for (const role of cast) {
        plays(role, "envoy", async () => {
          opening ??= EnvoyTheatre.open(cast);
          return { stage: await (await opening).stage(role), close: () => {} };
        });
      }
    });
  }
}

test("every listed difference is of one scenario that there is, and has a reason", () => {
  for (const { file, name, reason } of knownDifferences) {
    const found = all.filter((role) => role.file === file && role.scenario.name === name);
    assert.equal(found.length, 1, `${file} ${name}`);
    assert.notEqual(reason, "");
  }
});

function plays(
  role: LibraryRole,
  host: HostName,
  open: () => Promise<{ stage: Stage; close: () => void }>,
): void {
  const difference = differenceOf(role, host, envoy?.version);
  const listed = difference === undefined ? "" : ` differs, because ${difference.reason}`;
  test(`${role.file}:${role.line} ${role.scenario.name}${listed}`, async () => {
    const { stage, close } = await open();
    try {
      await playOn(role.scenario, stage, difference);
    } finally {
      close();
    }
  });
}
