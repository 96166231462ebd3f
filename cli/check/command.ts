import { readFile, stat } from "node:fs/promises";
import { findEnvoy, type FoundEnvoy } from "../envoy/find.js";
import { Finding, step, WrongUse } from "../terminal.js";
import { envoyVerdicts } from "./envoy.js";
import { examine } from "./examine.js";
import { isFaulty, type Judged, judgedJson, judgedText } from "./report.js";
import { whereIs } from "./where.js";

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
  return readFile(word, "utf8");
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

async function tellWhere(files: string[], offsets: string[], asJson: boolean): Promise<void> {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw new WrongUse("--at wants one module");
  const places = [];
  for (const offset of offsets) places.push(await whereIs(file, offset));
  if (asJson) console.log(JSON.stringify(places, null, 2));
  else for (const place of places) console.log(place.text);
}
