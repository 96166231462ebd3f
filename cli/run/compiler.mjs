// A compiler that stays: asc, loaded once, in a process whose working folder is the project's. What it is asked to
// compile comes as a message with the words of asc's command line; the answer has what it said, and the files it read.
// It ends with the process that started it.
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

process.on("SIGINT", () => {}); // a Ctrl-C at the terminal is for who started this
process.on("disconnect", () => process.exit(0));

const manifest = createRequire(join(process.cwd(), "package.json")).resolve("assemblyscript/package.json");
const asc = await import(pathToFileURL(join(dirname(manifest), "dist", "asc.js")).href);

process.on("message", async (/** @type {{ words: string[] }} */ { words }) => {
  let said = "";
  const read = new Set();
  const stream = { write: (/** @type {string | Uint8Array} */ text) => void (said += text.toString()) };
  const readFile = (/** @type {string} */ name, /** @type {string} */ folder) => {
    const file = resolve(folder, name);
    try {
      const text = readFileSync(file, "utf8");
      read.add(realpathSync(file));
      return text;
    } catch {
      return null;
    }
  };
  let ok = false;
  try {
    const { error } = await asc.main([...words, "--noColors"], { stdout: stream, stderr: stream, readFile });
    ok = error === null;
    if (!ok && said.trim() === "") said = String(error?.stack ?? error);
  } catch (error) {
    said += error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  process.send?.({ ok, said, files: [...read] });
});
process.send?.({ ready: true });
