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
  /** The innermost first; none of a module without names. */
  frames: Frame[];
}

const head = /\bFunction: (\S+) failed: Uncaught ([^\t"]*)/;
const frame = /^ *\d+: +0x([0-9a-f]+) - ([^\t"]*)/;

/**
 * The traps in a log: of Envoy, of Istio's proxies as text or as JSON, of the embedded host, or a part of one that somebody
 * copied.
 */
export function trapsIn(log: string): Trap[] {
  const traps: Trap[] = [];
  let open: Trap | undefined;
  // In JSON the end of a line is escaped.
  for (const line of log.split(/\r?\n|\\n/)) {
    const [, callback, reason] = head.exec(line) ?? [];
    const [found] = framesOf(line);
    if (callback !== undefined) traps.push((open = { callback, reason: reason!.trim(), frames: [] }));
    else if (found !== undefined) {
      if (open === undefined) traps.push((open = { callback: "", reason: "", frames: [] }));
      open.frames.push(found);
    } else if (!/in-VM backtrace:/.test(line)) open = undefined;
  }
  return traps;
}

/** The function that a line of a trace names; none of another line. */
export function framesOf(line: string): Frame[] {
  const [, offset, name] = frame.exec(line) ?? [];
  return offset === undefined ? [] : [{ offset: parseInt(offset, 16), name: name!.trim() }];
}

export const isTrapHead = (line: string): boolean => head.test(line);

/** What a host writes of a trap, without what it writes of functions. */
export const withoutFrames = (text: string): string =>
  text.replace(/(\r?\n)?Proxy-Wasm plugin in-VM backtrace:[^]*$/, "");

export const titleOf = ({ callback, reason }: Trap): string =>
  callback === "" ? "a trap" : `${callback}: ${reason}`;
