import { Headers, NO_HEADER, QueryParameters, equalBytes, sizeOf, sliceOf, utf8Bytes } from "as-proxy-wasm";
import { FoundTokens, TokenPlace } from "./token-places";
import { withoutParameter } from "./without-parameter";

/** A parameter of the query that is a token. */
@final
export class ParameterPlace extends TokenPlace {
  private readonly name: Uint8Array;

  constructor(name: string) {
    super();
    this.name = utf8Bytes(name);
  }

  find(request: Headers, found: FoundTokens): void {
    const target = request.view(":path");
    if (target == NO_HEADER) return;
    const parameter = new QueryParameters(target);
    while (parameter.next()) {
      if (!equalBytes(parameter.name, sliceOf(this.name)) || sizeOf(parameter.value) == 0) continue;
      found.add(parameter.value, this);
    }
  }

  remove(request: Headers): void {
    const target = request.view(":path");
    if (target != NO_HEADER) request.setBytes(":path", withoutParameter(target, sliceOf(this.name)));
  }
}
