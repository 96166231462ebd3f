import { Headers, Slice } from "as-proxy-wasm";

/** Where a request may have its token. */
export abstract class TokenPlace {
  /** Adds the tokens that are there. */
  abstract find(request: Headers, found: FoundTokens): void;

  /** Takes the token away, and leaves what else there is. */
  abstract remove(request: Headers): void;

  /** Whether it is a header of this name. */
  isHeader(name: string): bool {
    return false;
  }
}

/** The tokens of a request, of which there should be one. */
@final
export class FoundTokens {
  count: i32 = 0;
  /** One of them, until the callback ends. */
  token: Slice = 0;
  /** Where it was. */
  place: TokenPlace | null = null;

  add(token: Slice, place: TokenPlace): void {
    this.count += 1;
    this.token = token;
    this.place = place;
  }
}
