import { dim } from "../terminal.js";
import type { Progress } from "./upload.js";

/** `1.4 MB`, `12.3 kB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const short = (digest: string): string => digest.slice(0, "sha256:".length + 12);

/** Lines on stderr, so that stdout has the result alone; on a terminal the line of a blob moves. */
export function progressLines(): Progress {
  const moving = process.stderr.isTTY;
  return {
    blob(digest, sent, total, state) {
      if (state === "sending" && !moving) return;
      const how =
        state === "there"
          ? "is there already"
          : state === "done"
            ? "sent"
            : `${size(sent)} of ${size(total)}`;
      const line = `${short(digest)} ${size(total)} ${how}`;
      process.stderr.write(`${moving ? "\r\x1b[K" : ""}${line}${state === "sending" ? "" : "\n"}`);
    },
    note: noteLine,
  };
}

export function noteLine(sentence: string): void {
  process.stderr.write(`${process.stderr.isTTY ? `\r\x1b[K${dim(sentence)}` : sentence}\n`);
}

export const silent: Progress = { blob: () => {}, note: () => {} };
