import { InvalidArgumentError } from "commander";
import { readLabels } from "../words/labels.js";

/** The labels of an option. */
export function labels(words: string): Record<string, string> {
  const read = readLabels(words);
  if (read === null) throw new InvalidArgumentError("write labels as name=value,name=value");
  return read;
}
