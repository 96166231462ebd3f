import { type ChildProcess, spawn } from "node:child_process";
import { removeNow } from "../scratch.js";

/**
 * Sees to it that a child and its folder never outlive this process. An ordinary exit ends them at once; against a
 * kill -9 of ourselves a shell waits at the other end of a pipe, and ends them when the pipe closes without a word.
 * Gives back the function that ends the watch.
 */
export function killWithParent(
  child: ChildProcess,
  folder: string,
  { signals = true }: { /** False where the caller deals with signals. */ signals?: boolean } = {},
): () => void {
  const pid = child.pid;
  if (pid === undefined) return () => {};
  const kill = () => {
    child.kill("SIGKILL");
    removeNow(folder);
  };
  process.once("exit", kill);
  if (signals) listenForSignals();
  const script = 'read word && exit 0; kill -9 "$1" 2>/dev/null; rm -rf "$2"';
  const watcher = spawn("/bin/sh", ["-c", script, "sh", String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // a Ctrl-C at the terminal must not reach it before it has done its work
  });
  watcher.on("error", () => {}); // no shell: the ordinary ways out remain
  watcher.stdin.on("error", () => {});
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return () => {
    process.off("exit", kill);
    watcher.stdin.end("done\n");
  };
}

let listening = false;

/** A signal ends a process without its `exit` event; this gives it one. */
function listenForSignals(): void {
  if (listening) return;
  listening = true;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}
