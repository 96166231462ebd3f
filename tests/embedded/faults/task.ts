/** What `judge.ts` is given: paths, and the names of the traced module's functions. */
export interface Task {
  envoy: string;
  module: string;
  names: string[];
  /** Modules by the names of their plugins. */
  plugins: Record<string, string>;
  /** The plugins whose scenarios are played. */
  played: string[];
  verdict: string;
}

/** What it found wrong. */
export interface Verdict {
  trace: string[];
  scenarios: string[];
}
