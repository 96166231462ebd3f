/** A function that a module was in when it trapped. */
export interface Frame {
  /** Where in the module's bytes. */
  offset: number;
  /** The function's name; that of none is as hosts write it. */
  name: string;
}

/** What a host logs when a module traps. */
export interface Trap {
  /** The callback that was called; "" where the log begins behind that line. */
  callback: string;
  reason: string;
  /** What the plugin said right before: `abort: ... in assembly/index.ts:3:5`, also without names; "" where it said nothing. */
  words: string;
  /** The innermost first; none of a module without names. */
  frames: Frame[];
}

const head = /\bFunction: (\S+) failed: Uncaught ([^\t"]*)/;
const abort = /\babort: [^\t"]*/;
/** `apw run` writes the host's name and the level before it, and the line of the source behind it. */
const frame = /^(?:\S+ +\| +\w+ +)?\s*\d+: +0x([0-9a-f]+) - ([^\t" ]+(?: [^\t" ]+)*)/;

/**
 * The traps in a log: of Envoy, of Istio's proxies as text or as JSON, of the embedded host, or a part of one that somebody
 * copied.
 */
export function trapsIn(log: string): Trap[] {
  const traps: Trap[] = [];
  let open: Trap | undefined;
  let words = "";
  // In JSON the end of a line is escaped.
  for (const line of log.split(/\r?\n|\\n/)) {
    const [, callback, reason] = head.exec(line) ?? [];
    const [found] = framesOf(line);
    if (callback !== undefined) traps.push((open = { callback, reason: reason!.trim(), words, frames: [] }));
    else if (found !== undefined) {
      if (open === undefined) traps.push((open = { callback: "", reason: "", words, frames: [] }));
      open.frames.push(found);
    } else if (!/in-VM backtrace:/.test(line)) open = undefined;
    words = abort.exec(line)?.[0].trim() ?? "";
  }
  return traps;
}

/** The function that a line of a trace names; none of another line. */
export function framesOf(line: string): Frame[] {
  const [, offset, name] = frame.exec(line) ?? [];
  return offset === undefined ? [] : [{ offset: parseInt(offset, 16), name: name!.trim() }];
}

export const isTrapHead = (line: string): boolean => head.test(line);

/** The callback that trapped, of the first line that tells of a trap; null of another line. */
export const callbackOf = (line: string): string | null => head.exec(line)?.[1] ?? null;

/** What a host writes of a trap, without what it writes of functions. */
export const withoutFrames = (text: string): string =>
  text.replace(/(\r?\n)?Proxy-Wasm plugin in-VM backtrace:[^]*$/, "");

/** What trapped, and what the plugin said of it. */
export const titleOf = ({ callback, reason, words }: Trap): string => {
  const what = callback === "" ? "a trap" : `${callback}: ${reason}`;
  return words === "" ? what : `${what}, ${words}`;
};

/** A recursion without an end has the same line again and again: it is said once, and how often. */
export function withoutRepeats(lines: readonly string[]): string[] {
  const shown: string[] = [];
  for (let i = 0; i < lines.length;) {
    const line = lines[i]!;
    let end = i + 1;
    while (lines[end] === line) end++;
    shown.push(line);
    const more = end - i - 1;
    if (more === 1) shown.push(line);
    else if (more > 1) shown.push(`${/^ */.exec(line)![0]}... ${more} times more`);
    i = end;
  }
  return shown;
}
