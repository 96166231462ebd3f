import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bold, dim } from "../terminal.js";

export interface Key {
  key: string;
  does: string;
  act: () => void;
}

/**
 * Keys that somebody at the terminal can press, each with Enter after it: the terminal itself then still stops, starts
 * and ends programs. Gives back what ends that.
 */
export function listenForKeys(keys: readonly Key[], print: (line: string) => void): () => void {
  const help: Key = {
    key: "h",
    does: "shows these",
    act: () => {
      for (const { key, does } of [help, ...keys]) print(`  ${bold(key)} ${dim(`+ Enter  ${does}`)}`);
    },
  };
  const reader = createInterface({ input: process.stdin });
  reader.on("line", (line) => [help, ...keys].find(({ key }) => key === line.trim().toLowerCase())?.act());
  print(dim("  h + Enter shows what else can be done, Ctrl-C ends it\n"));
  return () => {
    reader.close();
    process.stdin.unref();
  };
}

/** Opens a page in the browser, where there is one. */
export function openInBrowser(url: string, print: (line: string) => void): void {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  child.on("error", () => print(url));
  child.on("exit", (code) => {
    if (code !== 0) print(url);
  });
  child.unref();
}
