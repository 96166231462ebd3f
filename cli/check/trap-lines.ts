import { type Trap, trapsIn, withoutRepeats } from "./trap.js";
import { Lines, type Place } from "./where.js";

/** A trap, and where in the source that was. */
export interface LocatedTrap extends Omit<Trap, "frames"> {
  frames: Place[];
  /** What there is to do, where no line of a source is known; absent where one is. */
  wayOut?: string;
}

/**
 * The traps in a log of a module, each once, with the lines of the source that its trace leads to. `wayOut` says how the
 * module is made with names and a source map.
 */
export function locatedTraps(log: string, module: string, wayOut: string): LocatedTrap[] {
  const traps = new Map(trapsIn(log).map((trap) => [JSON.stringify(trap), trap]));
  if (traps.size === 0) return [];
  const lines = Lines.of(module);
  return [...traps.values()].map(({ frames, ...trap }) => {
    if (lines !== null && frames.length > 0 && !lines.contradict(frames))
      return { ...trap, frames: frames.map(({ offset }) => lines.at(offset)) };
    const unlocated = frames.map(({ offset, name }) => ({
      offset,
      function: name,
      source: null,
      text: `0x${offset.toString(16)}  in ${name}`,
    }));
    const missing =
      frames.length === 0 ? "the module has no names" : "no source map of it lies beside the module";
    return {
      ...trap,
      frames: unlocated,
      wayOut: `which line that was is not known, since ${missing}: ${wayOut}`,
    };
  });
}

/** How somebody reads it. */
export const trapText = ({ callback, reason, frames, wayOut }: LocatedTrap): string[] => [
  `${callback}: ${reason}`,
  ...withoutRepeats(frames.map(({ text }) => `  ${text}`)),
  ...(wayOut === undefined ? [] : [`  ${wayOut}`]),
];
