import { existsSync, readFileSync } from "node:fs";
import { WrongUse } from "../terminal.js";

/** What a JSON file of a project says; null where there is none. Throws `WrongUse` where it is not JSON. */
export function readJson(file: string): unknown {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new WrongUse(
      code === "EISDIR" ? `${file} is a folder, where a file is needed` : `${file} is not JSON: ${message}`,
    );
  }
}
