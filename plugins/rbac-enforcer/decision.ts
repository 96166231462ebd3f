/** What becomes of a request. */
export enum Outcome {
  /** The policy allows it. */
  Allowed,
  /** The policy denies it, or says nothing of it. */
  Denied,
  /** Nobody said anything, or nothing that can be understood. */
  Failed,
}

/** The longest answer that is kept, in bytes. */
const LONGEST_KEPT: u32 = 4096;

/** What the policy decided, or why it did not. Fields are `[[name, value], ...]`. */
@final
export class Decision {
  /** Of a request that is allowed: the headers that the upstream gets. Of another: those that the client gets. */
  headers: string[][] = [];
  /** Of a request that is allowed: names of headers that the upstream does not get, and what the response gets. */
  removed: string[] = [];
  responseHeaders: string[][] = [];
  /** Of one that is not: what the client gets. */
  status: u32 = 0;
  body: string = "";
  /** How long the answer was that said so, in bytes. */
  size: u32 = 0;

  constructor(
    readonly outcome: Outcome,
    /** Why, in the policy's words or in ours. It is only logged. */
    readonly reason: string,
  ) {}

  /** Whether it can be true of the next request, too: it was made, it is for no client alone, and it is no book. */
  get isKeepable(): bool {
    return (
      this.outcome != Outcome.Failed &&
      this.size <= LONGEST_KEPT &&
      // A cookie is for one client alone.
      !hasField(this.headers, "set-cookie") &&
      !hasField(this.responseHeaders, "set-cookie")
    );
  }
}

/** Whether there is a field of a name, which is in small letters. */
export function hasField(fields: string[][], name: string): bool {
  for (let i = 0; i < fields.length; i++) {
    if (fields[i][0] == name) return true;
  }
  return false;
}
