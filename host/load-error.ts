/** A module that Envoy would not load, with each reason in Envoy's words and, in brackets, what mends it. */
export class LoadError extends Error {
  constructor(readonly reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "LoadError";
  }
}
