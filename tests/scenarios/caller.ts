import { join } from "node:path";
import { testModules } from "../../cli/plugins.js";
import { root } from "../../cli/root.js";
import { Modules } from "../../cli/scenarios/modules.js";
import { folderSources } from "../../cli/scenarios/sources.js";

const fixtures = join(root, "tests", "scenarios", "fixtures");

/** The plugin `caller`, which calls services and does to streams what a request's path says. */
export const callerModules = new Modules(new Map(), folderSources(fixtures, testModules));
export const callerScenarios = join(fixtures, "caller", "scenarios");
