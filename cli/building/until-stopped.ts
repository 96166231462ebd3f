import { relative } from "node:path";
import { explain } from "../explain.js";
import { CompileError } from "../project/compile.js";
import type { Plugin } from "../project/plugin.js";
import { dim, green, red } from "../terminal.js";
import { watchSources } from "./watch.js";

/**
 * Builds on every change of a plugin's sources until Ctrl-C. A build that fails leaves the last good module as it is.
 * `sources` are the files that the last good one was made of.
 */
export async function buildUntilStopped(
  plugin: Plugin,
  build: () => Promise<string>,
  sources: () => Promise<string[]>,
): Promise<void> {
  let isBuilding = false;
  let isStale = false;
  const run = async (why: string): Promise<void> => {
    isStale = true;
    if (isBuilding) return;
    isBuilding = true;
    while (isStale) {
      isStale = false;
      const read = await once(why, build);
      watching.add([...(await sources()), ...read]);
    }
    isBuilding = false;
    console.log(dim("waiting for changes; Ctrl-C ends it"));
  };
  const stopped = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  const watching = watchSources(plugin, (changed) => {
    void run(changed.map((file) => relative(plugin.cwd, file)).join(", "));
  });
  await Promise.race([run(""), stopped]);
  await stopped;
  watching.stop();
}

/** Builds, and gives back what a build that failed had read. */
async function once(why: string, build: () => Promise<string>): Promise<string[]> {
  const now = new Date().toTimeString().slice(0, 8);
  if (why !== "") console.log(`\n${dim(now)} ${why} changed`);
  try {
    console.log(`${await build()}\n${green("built")} ${dim(new Date().toTimeString().slice(0, 8))}`);
    return [];
  } catch (error) {
    console.error(explain(error, false).text);
    if (!(error instanceof CompileError)) return [];
    console.error(red("not built: the last good module stays"));
    return Object.keys(error.read?.files ?? {});
  }
}
