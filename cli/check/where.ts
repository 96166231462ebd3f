import { existsSync, readFileSync } from "node:fs";
import { SourceMap, type SourceMapping } from "node:module";
import { WrongUse } from "../terminal.js";
import { Functions } from "./functions.js";
import type { Frame } from "./trap.js";

/** A place in a module, in its source. */
export interface Place {
  offset: number;
  /** The function that is there; null of a module without names. */
  function: string | null;
  /** Null of code that the compiler adds by itself. */
  source: string | null;
  /** From 1; absent without a source. */
  line?: number;
  column?: number;
  /** The place and its line: `assembly/index.ts:3:5  return list[3];`. */
  shown?: string;
  /** All this in a line. */
  text: string;
}

/** What of the source is where in a module, by the source map beside it. */
export class Lines {
  private constructor(
    private readonly map: SourceMap,
    private readonly functions: Functions,
  ) {}

  /** Null where there is no source map. */
  static of(file: string): Lines | null {
    const map = `${file}.map`;
    if (!existsSync(map)) return null;
    return new Lines(new SourceMap(readMap(map)), Functions.in(readFileSync(file)));
  }

  at(offset: number): Place {
    const { payload } = this.map;
    const hexadecimal = `0x${offset.toString(16)}`;
    const name = this.functions.at(offset);
    const named = name || null;
    if (name === undefined)
      return {
        offset,
        function: named,
        source: null,
        text: `${hexadecimal}  is not in the code of the module`,
      };
    const entry = this.map.findEntry(0, offset) as Partial<SourceMapping>;
    const { originalSource: source, originalLine, originalColumn } = entry;
    const within = named === null ? "" : `  in ${named}`;
    if (source === undefined || originalLine === undefined || originalColumn === undefined) {
      const text = `${hexadecimal}  no line of a source: what the compiler adds by itself${within}`;
      return { offset, function: named, source: null, text };
    }
    const [line, column] = [originalLine + 1, originalColumn + 1];
    const content = payload.sourcesContent?.[payload.sources.indexOf(source)];
    const written = content?.split("\n")[originalLine]?.trim();
    const shown = `${source}:${line}:${column}${written === undefined ? "" : `  ${written}`}`;
    return {
      offset,
      function: named,
      source,
      line,
      column,
      shown,
      text: `${hexadecimal}  ${shown}${within}`,
    };
  }

  /** Whether a trace is of another build: its functions are elsewhere in this one. */
  contradict(frames: readonly Frame[]): boolean {
    if (!this.functions.haveNames) return false;
    return frames.some(
      ({ offset, name }) => !name.startsWith("unknown(") && this.functions.at(offset) !== name,
    );
  }
}

function readMap(file: string): ConstructorParameters<typeof SourceMap>[0] {
  type Payload = ConstructorParameters<typeof SourceMap>[0];
  let map: Partial<Payload> | null = null;
  try {
    map = JSON.parse(readFileSync(file, "utf8")) as Partial<Payload> | null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof map?.mappings === "string" && Array.isArray(map.sources)) return map as Payload;
  throw new WrongUse(`${file} is no source map: build the module again with apw build --debug`);
}
