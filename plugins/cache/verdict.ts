/** What `x-cache` says. */
export enum Verdict {
  Hit,
  Miss,
  Stale,
  Revalidated,
  Bypass,
}

/** Its words, by the verdict's number. */
export const WORDS: string[] = ["HIT", "MISS", "STALE", "REVALIDATED", "BYPASS"];
