import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { suite, test } from "node:test";
import { testModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { EmbeddedStage } from "../../cli/scenarios/embedded.js";
import { EnvoyTheatre } from "../../cli/scenarios/envoy.js";
import { casts } from "../../cli/scenarios/envoy-casts.js";
import { Modules } from "../../cli/scenarios/modules.js";
import { play } from "../../cli/scenarios/play.js";
import { readScenarios } from "../../cli/scenarios/read.js";
import type { Role } from "../../cli/scenarios/role.js";

const fixtures = join(root, "tests", "scenarios", "fixtures");
const modules = new Modules(new Map(), fixtures, testModules);
const folder = join(fixtures, "caller", "scenarios");

interface FixtureRole extends Role {
  file: string;
}

const roles: FixtureRole[] = [];
for (const name of (await readdir(folder)).sort()) {
  const file = relative(root, join(folder, name));
  const found = readScenarios(await readFile(join(folder, name), "utf8"), file);
  roles.push(...found.map(({ scenario }) => ({ scenario, file, plugin: "caller" })));
}

suite("what a scenario can say, on the embedded host", () => {
  for (const role of roles) {
    test(`${role.file} ${role.scenario.name}`, async () => {
      const stage = await EmbeddedStage.open(role, modules);
      await play(role.scenario, stage);
      stage.close();
    });
  }
});

suite("what a scenario can say, on Envoy", { concurrency: 2 }, () => {
  for (const cast of casts(roles)) {
    suite(`${cast.length} in one`, () => {
      for (const role of cast) {
        test(`${role.file} ${role.scenario.name}`, async () => {
          const theatre = await EnvoyTheatre.open([role], modules);
          try {
            await play(role.scenario, await theatre.stage(role));
          } finally {
            await theatre.close();
          }
        });
      }
    });
  }
});
