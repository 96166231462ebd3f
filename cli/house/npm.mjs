import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * What npm writes to stdout when it is run at the root: the npm that runs this script, where one does. Ends the process
 * where npm fails.
 * @param {...string} words
 */
export function npm(...words) {
  /** @type {import("node:child_process").SpawnSyncOptionsWithStringEncoding} */
  const options = {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28, // what npm lists has more than the mebibyte that is kept by default
  };
  const own = process.env["npm_execpath"];
  const done = own
    ? spawnSync(process.execPath, [own, ...words], options)
    : spawnSync("npm", words, { ...options, shell: process.platform === "win32" });
  if (done.status === 0) return done.stdout;
  console.error(done.error?.message ?? done.stdout);
  process.exit(done.status ?? 1);
}
