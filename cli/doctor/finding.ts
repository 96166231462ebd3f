/** What of this machine was looked at. */
export interface DoctorFinding {
  name: string;
  /** `missing` is for what a command cannot do without, `absent` for what some can, `broken` for what does not work. */
  state: "there" | "missing" | "absent" | "broken";
  /** The version, where it is, what it can do. */
  details: string[];
  /** What it is for. */
  purpose: string;
  /** How to get it, or put it right; absent of what is there. */
  remedy?: string;
}

export const isFault = ({ state }: DoctorFinding): boolean => state === "missing" || state === "broken";
