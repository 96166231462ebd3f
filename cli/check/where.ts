import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { SourceMap, type SourceMapping } from "node:module";
import { WrongUse } from "../terminal.js";

/** A place in a module, in its source. */
export interface Place {
  offset: number;
  /** Null of code that the compiler adds by itself. */
  source: string | null;
  /** From 1; absent without a source. */
  line?: number;
  column?: number;
  text: string;
}

/**
 * What of the source is at an offset of a module, such as the `0x1a2b` in the trace of a trap, by the source map beside
 * it. Throws `WrongUse` where there is none.
 */
export async function whereIs(file: string, word: string): Promise<Place> {
  const offset = Number(word);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new WrongUse(`--at ${word} is no offset: write it as the trace has it, such as 0x1a2b`);
  const map = `${file}.map`;
  if (!existsSync(map))
    throw new WrongUse(`${file} has no source map beside it: build it with apw build --debug`);
  const payload = JSON.parse(await readFile(map, "utf8")) as ConstructorParameters<typeof SourceMap>[0];
  const entry = new SourceMap(payload).findEntry(0, offset) as Partial<SourceMapping>;
  const { originalSource: source, originalLine, originalColumn } = entry;
  if (source === undefined || originalLine === undefined || originalColumn === undefined)
    return { offset, source: null, text: `${word}  no line of a source: what the compiler adds by itself` };
  const [line, column] = [originalLine + 1, originalColumn + 1];
  const content = payload.sourcesContent?.[payload.sources.indexOf(source)];
  const shown = content?.split("\n")[originalLine]?.trim();
  const place = `${word}  ${source}:${line}:${column}`;
  return { offset, source, line, column, text: shown === undefined ? place : `${place}  ${shown}` };
}
