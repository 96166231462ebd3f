import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../cli/root.js";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { EnvoyTheatre } from "../../cli/scenarios/envoy.js";
import { play } from "../../cli/scenarios/play.js";
import { readScenarios } from "../../cli/scenarios/read.js";
import type { Role } from "../../cli/scenarios/role.js";

const text = await readFile(join(root, "docs", "scenarios.md"), "utf8");
const roles = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, block]): Role[] =>
  readScenarios(block!, "docs/scenarios.md").map(({ scenario }) => ({ scenario, plugin: "hello" })),
);

test("there are scenarios in docs/scenarios.md", () => assert.ok(roles.length >= 5));

for (const role of roles) {
  test(`docs/scenarios.md is true beside hello: ${role.scenario.name}`, async () => {
    await play(role.scenario, await EmbeddedStage.open(role));
    const theatre = await EnvoyTheatre.open([role]);
    try {
      await play(role.scenario, await theatre.stage(role));
    } finally {
      await theatre.close();
    }
  });
}
