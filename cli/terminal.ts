/** What a command prints: plain text everywhere, colours and moving lines on a terminal only. */

const colours = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;

export const paint = (code: number) => (text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

export type Report = (line: string) => void;

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

let remarked = "";

/** What the step that is being done has to say at its end, in the place of how long it took. */
export function remark(text: string): void {
  remarked = text;
}

/** Says what is being done, runs it, and says how long it took; on a terminal the seconds run. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const elapsed = () => seconds(performance.now() - started);
  remarked = "";
  const outcome = () => remarked || elapsed();
  if (!process.stdout.isTTY) {
    console.log(`${label} ...`);
    const result = await work();
    console.log(`${label}: ${outcome()}`);
    return result;
  }
  const draw = () => process.stdout.write(`\r\x1b[K${label} ... ${elapsed()}`);
  draw();
  const timer = setInterval(draw, 200);
  try {
    const result = await work();
    process.stdout.write(`\r\x1b[K${label}: ${outcome()}\n`);
    return result;
  } catch (error) {
    process.stdout.write("\n");
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Something that the machine or the user has to provide; its message is the whole explanation. */
export class MissingPrerequisite extends Error {}

/** The command was not used in the right way; its message is the whole explanation. */
export class WrongUse extends Error {}

/** The command has told what it found, and ends with exit code 1: a test fails, a module would not load. */
export class Finding extends Error {}

/** Runs a command's main function: what the user has to put right is one sentence and exit code 2, other errors are 1. */
export async function run(main: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (error instanceof MissingPrerequisite || error instanceof WrongUse) {
      console.error(error.message);
      process.exitCode = 2;
    } else {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error);
      process.exitCode = 1;
    }
  }
}
