import type { Comparison } from "../../measure/comparison.js";
import type { Summary } from "../../measure/summary.js";
import type { LimitVerdict, Machine } from "../result.js";

/** The figures of a deployed service that are compared. */
export const urlFigures = {
  throughput: { title: "throughput", unit: "requests/s" },
  p50: { title: "p50", unit: "ms" },
  p90: { title: "p90", unit: "ms" },
  p99: { title: "p99", unit: "ms" },
} as const;

export type UrlFigure = keyof typeof urlFigures;

export const urlFigureNames = Object.keys(urlFigures) as UrlFigure[];

/** What was measured of a deployed service with the plugin on and off. */
export interface UrlResult {
  version: 1;
  kind: "url";
  machine: Machine;
  request: string;
  /** How the plugin was turned off. */
  how: string;
  /** Of each side. */
  requests: number;
  connections: number;
  /** Requests a second; null where every connection asked again at once. */
  rate: number | null;
  on: UrlSide;
  off: UrlSide;
  /** With the plugin against without; null where one side had no good answer. */
  against: Record<UrlFigure, Comparison> | null;
  notes: string[];
  verdict: string;
  limits: LimitVerdict[];
}

export interface UrlSide {
  requests: number;
  failures: Record<string, number>;
  /** Of all good answers together; null where there was none. */
  figures: Record<UrlFigure, number> | null;
  /** Of the pieces in which they were measured. */
  pieces: Record<UrlFigure, Summary> | null;
}
