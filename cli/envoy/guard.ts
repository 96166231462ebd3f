import { type ChildProcess, spawn } from "node:child_process";

/**
 * Sees to it that a child never outlives this process. An ordinary exit kills it at once; against a kill -9 of
 * ourselves a shell waits at the other end of a pipe, and kills the child when the pipe closes without a word.
 * Gives back the function that ends the watch.
 */
export function killWithParent(child: ChildProcess): () => void {
  const pid = child.pid;
  if (pid === undefined) return () => {};
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  listenForSignals();
  const watcher = spawn("/bin/sh", ["-c", `read word && exit 0; kill -9 ${pid} 2>/dev/null`], {
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
