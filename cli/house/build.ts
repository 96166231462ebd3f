import { CompileError } from "../project/compile.js";
import { buildPlugins } from "../plugins.js";
import { breachLines, buildTable } from "../report.js";
import { red, run } from "../terminal.js";

/** `npm run build`: every plugin of the library to `build/plugins/<name>.wasm`. */
await run(async () => {
  try {
    const modules = await buildPlugins((line) => console.log(line));
    console.log(`\n${buildTable(modules)}`);
    const breaches = breachLines(modules);
    if (breaches.length === 0) return 0;
    console.error(`\n${red("Hosts would not load these modules:")}\n${breaches.join("\n")}`);
    return 1;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(error.message);
    return 1;
  }
});
