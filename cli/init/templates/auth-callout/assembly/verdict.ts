/** What becomes of a request. */
export enum Verdict {
  Allowed,
  /** The service wants to know who the client is. */
  Unauthenticated,
  Denied,
  /** The service did not answer, or not in a way that decides anything. */
  Unavailable,
}

/** The verdict that a status of the service stands for; 0 is no answer. */
export function verdictOn(status: u32): Verdict {
  if (status >= 200 && status < 300) return Verdict.Allowed;
  if (status == 401) return Verdict.Unauthenticated;
  if (status >= 400 && status < 500) return Verdict.Denied;
  return Verdict.Unavailable;
}
