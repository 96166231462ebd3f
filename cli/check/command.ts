import { readFile, stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { inspect } from "../../host/module.js";
import { findEnvoy, type FoundEnvoy } from "../envoy/find.js";
import { bold, Finding, step, WrongUse, yellow } from "../terminal.js";
import { readNamed, textOrFile } from "../words/file.js";
import { envoyVerdicts } from "./envoy.js";
import { examine } from "./examine.js";
import { isFaulty, type Judged, judgedJson, judgedText } from "./report.js";
import { type Frame, titleOf, trapsIn, withoutRepeats } from "./trap.js";
import { Lines } from "./where.js";

interface Options {
  config?: string;
  rootId?: string;
  envoy?: string | true;
  at?: string[];
  json?: boolean;
}

/** `apw check <wasm...>`. */
export async function checkCommand(files: string[], options: Options): Promise<void> {
  for (const file of files) await requireFile(file);
  if (options.at !== undefined) return tellWhere(files, options.at, options.json ?? false);
  const configuration = options.config === undefined ? undefined : await configurationOf(options.config);
  const asked = {
    ...(configuration !== undefined && { configuration }),
    ...(options.rootId !== undefined && { rootId: options.rootId }),
  };
  const judged: Judged[] = await examine(files, asked);
  if (options.envoy !== undefined) {
    const { path, version } = await envoyOf(options.envoy);
    const modules = new Map<string, Uint8Array>();
    for (const { file, hangs } of judged) if (!hangs) modules.set(file, await readFile(file));
    const ask = () => envoyVerdicts(modules, { envoy: path, ...asked });
    const verdicts = options.json ? await ask() : await step(`asking Envoy ${version}`, ask);
    for (const entry of judged) {
      const verdict = verdicts.get(entry.file);
      if (verdict !== undefined) entry.envoy = { ...verdict, version };
    }
  }
  if (options.json) {
    const documents = judged.map(judgedJson);
    console.log(JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 2));
  } else console.log(judged.map(judgedText).join("\n\n"));
  if (judged.some(isFaulty)) throw new Finding();
}

async function requireFile(file: string): Promise<void> {
  if ((await stat(file)).isDirectory())
    throw new WrongUse(`${file} is a folder: name the module in it (a build puts it to build/<name>.wasm)`);
}

/** JSON or text as it is, or a file that has it. */
async function configurationOf(word: string): Promise<string> {
  if (/^\s*[[{"]/.test(word)) return word;
  return (await readNamed(word.replace(/^@/, ""), "--config")).toString();
}

async function envoyOf(word: string | true): Promise<FoundEnvoy> {
  const report = (line: string) => console.error(line);
  if (word === true) return findEnvoy({ report });
  return findEnvoy({ environment: { ...process.env, ENVOY: word } }).catch((error: unknown) => {
    throw error instanceof Error && error.message.startsWith("$ENVOY")
      ? new WrongUse(`--envoy ${word} is not an Envoy that runs here`)
      : error;
  });
}

/** Says what is at offsets, and at those of the traces in a log. */
async function tellWhere(files: string[], words: string[], asJson: boolean): Promise<void> {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw new WrongUse("--at wants one module");
  const asked: Asked[] = [];
  for (const word of words) asked.push(...(await askedBy(word)));
  const lines = isModule(await readFile(file)) ? Lines.of(file) : null;
  if (lines === null)
    throw new WrongUse(`${file} has no source map beside it: build it with apw build --debug`);
  for (const { frames } of asked)
    if (lines.contradict(frames))
      console.error(
        yellow(`the functions of that trace are elsewhere in ${file}: these lines are of another build`),
      );
  const places = asked.map(({ title, frames }) => ({
    title,
    at: frames.map(({ offset }) => lines.at(offset)),
  }));
  if (asJson)
    return console.log(
      JSON.stringify(
        places.flatMap(({ at }) => at),
        null,
        2,
      ),
    );
  for (const { title, at } of places) {
    if (title !== "") console.log(bold(title));
    for (const line of withoutRepeats(at.map(({ text: line }) => line))) console.log(line);
  }
}

/** Whether sections can be read: `apw check` alone says what is wrong where they cannot. */
function isModule(bytes: Uint8Array): boolean {
  try {
    inspect(bytes);
    return true;
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
}

interface Asked {
  title: string;
  frames: Frame[];
}

/** An offset, a log, `@file` of one, or `-` for one on the standard input. */
async function askedBy(word: string): Promise<Asked[]> {
  const isOffset = /^(0x[0-9a-f]+|\d+)$/i.test(word);
  if (isOffset) return [{ title: "", frames: [{ offset: Number(word), name: "unknown()" }] }];
  const log = word === "-" ? await standardInput() : (await textOrFile(word, "--at")).toString();
  const traps = trapsIn(log);
  if (traps.some(({ frames }) => frames.length > 0))
    return traps.map((trap) => ({ title: titleOf(trap), frames: trap.frames }));
  if (traps.length > 0)
    throw new WrongUse(
      [
        "the log tells of a trap without a trace: the module that trapped has no names. Run one that apw build --debug made",
        ...new Set(traps.map((trap) => `  ${titleOf(trap)}`)),
      ].join("\n"),
    );
  const what =
    word === "-" || word.startsWith("@") ? "is no trace of a trap" : "is no offset, and no trace of a trap";
  throw new WrongUse(
    `--at ${word.split("\n")[0]!.slice(0, 60)} ${what}: write it as the trace has it, such as 0x1a2b, or give the log with @file or -`,
  );
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) console.error("paste the log, and end it with Ctrl-D");
  return text(process.stdin);
}
