import type { ExchangeChanges } from "./changes.js";

/** Everything that a run has to tell, whatever shows it: lines in a terminal, or JSON for a program. */
export type RunEvent =
  | {
      event: "ready";
      /** Where requests go: `http://127.0.0.1:10000`; of a TCP filter `tcp://...`. */
      url: string;
      admin: string;
      host: "envoy" | "embedded";
      /** Of Envoy. */
      version?: string;
      plugins: string[];
      /** Where what has passed the plugins goes; `echo` is the one that is built in. */
      upstream: string;
    }
  | { event: "log"; plugin: string; level: string; message: string }
  | ({ event: "diff" } & ExchangeChanges)
  | {
      event: "upstream";
      method: string;
      path: string;
      headers: [string, string][];
      /** As text where it is text. */
      body: string;
    }
  | { event: "building"; plugin: string }
  | { event: "rebuilt"; plugin: string; milliseconds: number; what: "module" | "configuration" }
  | { event: "unchanged"; plugin: string }
  | {
      event: "error";
      kind: "compile" | "configuration" | "refused" | "host";
      plugin?: string;
      message: string;
    }
  | { event: "warning"; message: string }
  | { event: "note"; message: string }
  | { event: "stopped" };

export type Emit = (event: RunEvent) => void;
