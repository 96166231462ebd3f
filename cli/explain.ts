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
  EEXIST: (path) => `${path} is in the way: there is a file where a folder is needed`,
  EADDRINUSE: (path) => `${path} is taken by another program: choose another port, or 0 for a free one`,
  EADDRNOTAVAIL: (path) => `${path} is no address of this machine`,
  ECONNREFUSED: (path) => `nothing listens on ${path}: is the service running?`,
  ECONNRESET: (path) => `${path} cut the connection`,
  ETIMEDOUT: (path) => `${path} does not answer`,
  ENOTFOUND: (path) => `${path} has no address: is the name right, and is there a network?`,
  EAI_AGAIN: (path) => `${path} has no address for now: is there a network?`,
  ENOTEMPTY: (path) => `${path} is not empty`,
  EMFILE: () => "too many files are open: ulimit -n 4096 lets a shell's programs open more",
  ENAMETOOLONG: (path) => `${path.slice(0, 60)}... is too long for a path`,
  ELOOP: (path) => `${path} is a link that leads to itself`,
};

/** The system's word for a full disk is also that for too many files that are watched. */
const tooManyWatched =
  "the system watches no more files: sudo sysctl fs.inotify.max_user_watches=524288 lets it watch more";

/** What is said of an error, and the exit code. A user's mistake is one sentence; its stack is shown with `--verbose` only. */
export function explain(error: unknown, verbose: boolean): { text: string; code: number } {
  const [sentence, code] = sentenceOf(error);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: verbose && code !== 1 ? `${sentence}\n${stack}` : sentence, code };
}

function sentenceOf(error: unknown): [string, number] {
  if (error instanceof CommanderError) {
    const said = error.message.replace(/^error: /, "").trim();
    // What was probably meant stands in a line of its own, in brackets.
    const [what, meant] = said.split(/\n\((Did you mean .*)\)$/s);
    return [`${what} (${meant === undefined ? "" : `${meant} `}--help shows what there is)`, 2];
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

interface SystemError extends NodeJS.ErrnoException {
  address?: string;
  port?: number;
  hostname?: string;
}

/** `fetch` puts the system's error into the cause of its own, and one about several addresses has them all. */
function ofTheSystem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, path, address, port, hostname, syscall } = error as SystemError;
  const say = systemErrors[code ?? ""];
  if (say === undefined) {
    const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
    return ofTheSystem(error.cause ?? first);
  }
  if (code === "ENOSPC" && syscall === "watch") return tooManyWatched;
  const place = port === undefined ? hostname : `port ${port} of ${address ?? "this machine"}`;
  return say(path ?? place ?? "what was named");
}
