import type { Response } from "../request.js";
import type { SeenRequest } from "../upstream.js";
import type { LogLevel, RequestToSend } from "./scenario.js";

export type Received = Pick<Response, "status" | "headers" | "body" | "trailers">;

/** What a plugin logged. */
export interface LogLine {
  level: LogLevel;
  text: string;
}

/** A host with a scenario's plugins, routes and upstream, ready to be played on. */
export interface Stage {
  /** Whether the host refused the configuration of one of the plugins. */
  readonly refused: boolean;
  /** What the upstream was asked so far. */
  readonly seen: readonly SeenRequest[];
  send(request: RequestToSend): Promise<Received>;
  wait(milliseconds: number): Promise<void>;
  /** What the plugins logged so far. Everything that was caused before the question is in it. */
  log(): Promise<readonly LogLine[]>;
  /** The plugins' metrics by the names that they gave them. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** What no scenario may do to the host: traps, a host that ended. */
  harm(): readonly string[];
}
