import { step } from "../terminal.js";
import type { Emit, RunEvent } from "./events.js";
import type { Link } from "./links.js";
import { Screen } from "./screen.js";

/** Where what a run tells goes: to a terminal, or as JSON to a program. */
export interface Output {
  emit: Emit;
  /** There where somebody sits at a terminal. */
  screen: Screen | null;
  /** Runs what takes a while. */
  step<T>(label: string, work: () => Promise<T>): Promise<T>;
}

export function outputOf(links: readonly Link[], asJson: boolean): Output {
  if (asJson) {
    const emit = (event: RunEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`);
    return { emit, screen: null, step: (_, work) => work() };
  }
  const screen = new Screen(
    links.map(({ name }) => name),
    (line) => console.log(line),
  );
  return { emit: screen.show, screen, step };
}
