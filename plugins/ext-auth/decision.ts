/** What becomes of a request. */
export enum Outcome {
  /** The service allows it. */
  Allowed,
  /** The service denies it. */
  Denied,
  /** The service said what nobody understands. */
  Misunderstood,
  /** The service did not say anything. */
  Unavailable,
  /** The request cannot be asked about: its body is too long. */
  TooLarge,
  /** The host does not hold requests for their bodies. */
  BodyOutOfReach,
}

/** The longest body of a denial that is kept, in bytes. */
const LONGEST_BODY: i32 = 4096;

/** What the service decided, or why it did not. */
@final
export class Decision {
  /** `[[name, value], ...]`: what a request that is allowed gets. */
  upstreamHeaders: string[][] = [];
  /** Of a denial in the service's own words, which the client gets as they are; 0 where the configuration has them. */
  status: u32 = 0;
  headers: string[][] = [];
  body: Uint8Array = new Uint8Array(0);

  constructor(
    readonly outcome: Outcome,
    /** Why, in the service's words or in ours. It is only logged. */
    readonly reason: string,
  ) {}

  /** Whether it can be true of the next request, too: the service said so, to no client alone, and in few words. */
  get isKeepable(): bool {
    return (
      (this.outcome == Outcome.Allowed || this.outcome == Outcome.Denied) &&
      this.body.length <= LONGEST_BODY &&
      !setsCookie(this.headers) &&
      !setsCookie(this.upstreamHeaders)
    );
  }
}

/** A cookie is for one client alone. */
function setsCookie(fields: string[][]): bool {
  for (let i = 0; i < fields.length; i++) {
    if (fields[i][0] == "set-cookie") return true;
  }
  return false;
}
