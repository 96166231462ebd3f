import { readFile } from "node:fs/promises";
import { WrongUse } from "../terminal.js";

const reasons: Record<string, (path: string) => string> = {
  ENOENT: (path) => `there is no file ${path}`,
  ENOTDIR: (path) => `there is no file ${path}: a part of that path is a file`,
  EISDIR: (path) => `${path} is a folder, where a file is needed`,
  EACCES: (path) => `there is no permission to read ${path}`,
  EPERM: (path) => `there is no permission to read ${path}`,
};

/** Reads the file that an option names. Throws `WrongUse` that says which option, and why it cannot be read. */
export async function readNamed(path: string, option: string): Promise<Buffer> {
  if (path === "") throw new WrongUse(`${option} names no file: write its name behind the @`);
  try {
    return await readFile(path);
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason === undefined) throw error;
    throw new WrongUse(`${option}: ${reason(path)}`);
  }
}

/** The text of an option, or what is in the file whose name stands behind an `@`, as curl has it. */
export async function textOrFile(value: string, option: string): Promise<Buffer> {
  return value.startsWith("@") ? readNamed(value.slice(1), option) : Buffer.from(value);
}
