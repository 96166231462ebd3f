import { InvalidArgumentError } from "commander";

/** A whole number of an option, within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };

/** A number of an option, within bounds. */
export const numberWithin =
  (least: number, most: number) =>
  (text: string): number => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
    return value;
  };

/** `500ms`, `2s` or plain seconds, in milliseconds. */
export const duration =
  (least: number, most: number) =>
  (text: string): number => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text.trim()) ?? [];
    const value = Number(number) * (unit === "ms" ? 1 : 1000);
    if (number === undefined || value < least || value > most)
      throw new InvalidArgumentError(
        `expected a time from ${least}ms to ${most / 1000}s, such as 400ms or 2s`,
      );
    return value;
  };
