import type { Response } from "../request.js";
import type { LogLevel, RequestToSend, Step } from "./scenario.js";
import type { SeenCall } from "./script.js";

/** What a client got. */
export type Received = Pick<Response, "status" | "headers" | "body" | "trailers"> & {
  /** Why this is not all of an answer; a status of 0 is for none at all. */
  incomplete?: string;
};

/** What a plugin logged. */
export interface LogLine {
  level: LogLevel;
  text: string;
}

/** A metric's value, or how often a histogram was written to. */
export type MetricValue = number | { count: number };

/** The name under which a stage knows where requests go; the others are those of clusters. */
export const upstreamName = "upstream";

/** A host with a scenario's plugins, routes and services, ready to be played on. */
export interface Stage {
  /** Whether the host refused the configuration of one of the plugins. */
  readonly refused: boolean;
  /** How long, in milliseconds, something may still come that nothing in the scenario waits for. */
  readonly patience: number;
  /** The upstream, and the clusters of the scenario. */
  readonly services: readonly string[];
  /** What a service was asked so far. */
  seen(service: string): readonly SeenCall[];
  send(request: RequestToSend): Promise<Received>;
  /** Services are others from now on. */
  change(services: NonNullable<Step["change"]>): Promise<void>;
  wait(milliseconds: number): Promise<void>;
  /** What the plugins logged so far. Everything that was caused before the question is in it. */
  log(): Promise<readonly LogLine[]>;
  /** The plugins' metrics by the names that they gave them. */
  metrics(): Promise<ReadonlyMap<string, MetricValue>>;
  /** What a scenario may not do to the host since the question before: traps, a host that ended. */
  harm(): readonly Harm[];
}

export interface Harm {
  /** Whether a plugin trapped; else the host itself was harmed. */
  isTrap: boolean;
  text: string;
}
