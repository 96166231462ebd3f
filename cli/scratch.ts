import { mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";

const folders = new Set<string>();
let isGuarded = false;

/**
 * A new folder whose path begins with `prefix`, for what is only needed for a while. Whoever asks for it takes it away
 * with `removeScratch`; when the process ends before, by a signal too, it goes with it.
 */
export async function scratchFolder(prefix: string): Promise<string> {
  guard();
  const folder = mkdtempSync(prefix); // at once: a signal must not come between the making and the remembering
  folders.add(folder);
  return folder;
}

export async function removeScratch(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder); // only now: a signal may come in the midst of it
}

/** For the end of a process: what is killed may write a last file while its folder goes, and nobody is left to tell. */
export function removeNow(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch {
    // It lies in the folder for temporary files, and is empty but for that file.
  }
}

/** A signal ends a process without its `exit` event, unless somebody listens: commands that do end in their own way. */
function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on("exit", () => {
    for (const folder of folders) removeNow(folder);
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
