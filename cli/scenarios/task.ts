import { findPlugin, type Plugin } from "../project/plugin.js";
import { dim, WrongUse } from "../terminal.js";
import { UnitTests } from "../unit-tests/run.js";
import { testCommand } from "./command.js";
import type { ScenarioOptions } from "./options.js";
import { bundledFiles, filesAt, type Place, placeOf } from "./places.js";
import { NamedSources } from "./sources.js";

export interface TestOptions extends ScenarioOptions {
  unit?: boolean;
  scenarios?: boolean;
}

/** `npm run scenarios`: the scenarios that are named, or all of this package's plugins; on both hosts. */
export async function playScenarios(words: readonly string[], options: ScenarioOptions): Promise<number> {
  const { places, sources } = await placesOf(words, options);
  const files = words.length === 0 ? bundledFiles : filesOf(places);
  return testCommand({ sources, files, units: [] }, { host: "both", ...options });
}

/** `apw test`: scenarios and unit tests of what is named, or of the project that it runs in. */
export async function testProject(words: readonly string[], options: TestOptions): Promise<number> {
  const { places, sources } = await placesOf(
    words.length === 0 ? [(await findPlugin()).folder] : words,
    options,
  );
  const projects = places.flatMap(({ plugin }) => (plugin?.kind === "project" ? [plugin] : []));
  const units = options.scenarios ? [] : projects.flatMap((plugin) => UnitTests.of(plugin) ?? []);
  const files = options.unit ? () => Promise.resolve([]) : filesOf(places);
  const hasScenarios = (await files()).length > 0;
  if (units.length === 0 && !hasScenarios) throw new WrongUse(nothingToTest(places, options));
  if (!options.json && !options.unit && !hasScenarios)
    console.log(dim("no scenarios: they are scenarios/*.yaml"));
  const code = await testCommand({ sources, files, units }, options);
  if (!options.json && !options.scenarios) tellOfMissing(projects);
  return code;
}

function tellOfMissing(projects: readonly Plugin[]): void {
  for (const plugin of projects)
    if (UnitTests.of(plugin) === null)
      console.log(
        dim(`no unit tests in ${plugin.name}: they are tests/*.spec.ts, with an as-pect.config.js`),
      );
}

function nothingToTest(places: readonly Place[], { unit, scenarios }: TestOptions): string {
  const what = places.map(({ word }) => word).join(", ");
  if (unit)
    return `${what} has no unit tests: they are tests/*.spec.ts of a project with an as-pect.config.js`;
  if (scenarios) return `${what} has no scenarios: they are scenarios/*.yaml`;
  return `${what} has neither scenarios (scenarios/*.yaml) nor unit tests (tests/*.spec.ts)`;
}

async function placesOf(
  words: readonly string[],
  options: ScenarioOptions,
): Promise<{ places: Place[]; sources: NamedSources }> {
  const sources = await NamedSources.open(options);
  const places: Place[] = [];
  for (const word of words) places.push(await placeOf(word, sources));
  return { places, sources };
}

const filesOf = (places: readonly Place[]) => async (): Promise<string[]> =>
  (await Promise.all(places.map(filesAt))).flat();
