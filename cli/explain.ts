import { CommanderError } from "commander";
import { CompileError } from "./project/compile.js";
import { MissingPrerequisite, red, WrongUse } from "./terminal.js";

/** Errors of the system that come from a path or a port that somebody named, and what they mean. */
const systemErrors: Record<string, (path: string) => string> = {
  ENOENT: (path) => `there is no ${path}`,
  EACCES: (path) => `no permission for ${path}: choose another place, or change who may use it`,
  EPERM: (path) => `no permission for ${path}: choose another place, or change who may use it`,
  EROFS: (path) => `${path} cannot be written: its file system is read-only`,
  ENOSPC: (path) => `${path} cannot be written: the disk is full`,
  EISDIR: (path) => `${path} is a folder, where a file is needed`,
  ENOTDIR: (path) => `${path}: a part of it is a file, where a folder is needed`,
  EADDRINUSE: (path) => `${path} is taken by another program: choose another port, or 0 for a free one`,
};

/** What is said of an error, and the exit code. A user's mistake is one sentence; its stack is shown with `--verbose` only. */
export function explain(error: unknown, verbose: boolean): { text: string; code: number } {
  const [sentence, code] = sentenceOf(error);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: verbose && code !== 1 ? `${sentence}\n${stack}` : sentence, code };
}

function sentenceOf(error: unknown): [string, number] {
  if (error instanceof CommanderError) {
    const said = error.message.replace(/^error: /, "").trim();
    return [`${said} (--help shows what there is)`, 2];
  }
  if (error instanceof WrongUse || error instanceof MissingPrerequisite) return [error.message, 2];
  if (error instanceof CompileError) return [error.message, 1];
  const system = ofTheSystem(error);
  if (system !== null) return [system, 2];
  const message = error instanceof Error ? error.message : String(error);
  return [
    `${red("apw itself is at fault:")} ${message}\nRun it again with --verbose, and report what it shows.`,
    3,
  ];
}

function ofTheSystem(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  const { code, path, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const say = systemErrors[code ?? ""];
  if (say === undefined) return null;
  return say(
    path ?? (port === undefined ? "what was named" : `port ${port} of ${address ?? "this machine"}`),
  );
}
