// @ts-nocheck
// The words of the command, and the script of the cluster that is played.
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const folder = process.env.SCRIPT_FOLDER;
export const words = process.argv.slice(2);
const cut = words.indexOf("--") < 0 ? words.length : words.indexOf("--");

/** Those with a value in the next word or after `=`, and those without. */
export const flags = {};
/** The words that are no flags. */
export const said = [];
for (let index = 0; index < cut; index++) {
  const word = words[index];
  if (["-n", "-o", "-l", "-f", "-c", "-p"].includes(word)) flags[word] = words[++index];
  else if (word.startsWith("-"))
    flags[word.split("=")[0]] = word.includes("=") ? word.slice(word.indexOf("=") + 1) : "true";
  else said.push(word);
}
/** What follows `--`. */
export const within = words.slice(cut + 1);
export const namespace = flags["-n"] ?? "default";

export const readScript = () => JSON.parse(readFileSync(join(folder, "script.json"), "utf8"));
export const script = readScript();

export const print = (value) =>
  process.stdout.write(typeof value === "string" ? value : JSON.stringify(value));

export function fail(text, code = 1) {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

/** Notes that the command was run, and fails where the script says so. */
export function begin(file) {
  appendFileSync(join(folder, file), `${words.join(" ")}\n`);
  const trouble = script.trouble?.find(({ on }) => new RegExp(on).test(words.join(" ")));
  if (trouble !== undefined) fail(trouble.say, trouble.code ?? 1);
}

/** Several commands at once change the script: one after the other, and each in one move, as others may be reading it. */
export function changeScript(work) {
  const lock = join(folder, "lock");
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (tries > 2000) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    const now = readScript();
    const result = work(now);
    const file = join(folder, `script.${process.pid}`);
    writeFileSync(file, JSON.stringify(now));
    renameSync(file, join(folder, "script.json"));
    return result;
  } finally {
    rmdirSync(lock);
  }
}
