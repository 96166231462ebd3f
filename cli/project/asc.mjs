// `node asc.mjs <asc's module> <listing> <words>`: asc, as `npx asc <words>` runs it, which then writes down what it
// read: each file with the digest of what was in it, or null where there was none, and each folder that it listed.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [compiler = "", listing = "", ...words] = process.argv.slice(2);
/** @type {Record<"files" | "folders", Record<string, string | null>>} */
const read = { files: {}, folders: {} };

const digest = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex");

/** @template T @param {() => T} work */
function orNull(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} folder */
function readFile(name, folder) {
  const file = resolve(folder, name);
  const text = orNull(() => readFileSync(file, "utf8"));
  read.files[file] = text === null ? null : digest(text);
  return text;
}

/** The sources in a folder of `lib`. @param {string} name @param {string} folder */
function listFiles(name, folder) {
  const path = resolve(folder, name);
  const names = orNull(() => readdirSync(path).filter((each) => /(?<!\.d)\.ts$/.test(each)));
  read.folders[path] = names === null ? null : digest(names.sort().join("\0"));
  return names;
}

/** @type {{ main: (words: string[], host: object) => Promise<{ error: Error | null }> }} */
const asc = await import(pathToFileURL(compiler).href);
const { stdout, stderr } = process;
// Where a CI server runs it, asc would colour what no terminal shows.
const { error } = await asc.main([...words, "--noColors"], { stdout, stderr, readFile, listFiles });
if (error) process.exitCode = 1;
writeFileSync(listing, JSON.stringify(read));
