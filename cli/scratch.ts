import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";

const folders = new Set<string>();
let isGuarded = false;

/**
 * A new folder whose path begins with `prefix`, for what is only needed for a while. Whoever asks for it takes it away
 * with `removeScratch`; when the process ends before, by a signal too, it goes with it.
 */
export async function scratchFolder(prefix: string): Promise<string> {
  guard();
  const folder = await mkdtemp(prefix);
  folders.add(folder);
  return folder;
}

export async function removeScratch(folder: string): Promise<void> {
  folders.delete(folder);
  await rm(folder, { recursive: true, force: true });
}

/** A signal ends a process without its `exit` event, unless somebody listens: commands that do end in their own way. */
function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on("exit", () => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    // The first to hear: those who listen once are gone from the count when they have heard.
    process.prependListener(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
}
