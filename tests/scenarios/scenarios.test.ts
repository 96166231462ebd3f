import { after, suite, test } from "node:test";
import { casts, EnvoyTheatre } from "./envoy.js";
import { libraryScenarios } from "./find.js";
import { play } from "./play.js";

const roles = await libraryScenarios();

for (const cast of casts(roles)) {
  suite(`${cast.length} scenarios in one Envoy`, () => {
    let opening: Promise<EnvoyTheatre> | undefined;
    after(async () => (await opening)?.close());
    for (const role of cast) {
      const { file, line, scenario } = role as (typeof roles)[number];
      test(`${file}:${line} ${scenario.name}`, async () => {
        opening ??= EnvoyTheatre.open(cast);
        await play(scenario, (await opening).stage(role));
      });
    }
  });
}
