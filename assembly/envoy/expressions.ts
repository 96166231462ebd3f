import { copyOf } from "../runtime/slice";
import { encode } from "../runtime/utf8";
import { callForeign } from "./foreign";

/** A CEL expression over the host's properties, where Envoy was built with it. (Envoy, `expr_create`) */
@final
export class Expression {
  private constructor(private token: Uint8Array) {}

  /** Compiles an expression, `request.path.startsWith("/api")`; null for a wrong one, or a host that cannot. */
  static compile(text: string): Expression | null {
    const answer = callForeign("expr_create", copyOf(encode(text)));
    return answer.ok && answer.bytes.length == 4 ? new Expression(answer.bytes) : null;
  }

  /**
   * The expression's value for the stream whose callback runs, in the encoding of properties (a boolean is one byte);
   * null where it has none. (Envoy, `expr_evaluate`)
   */
  evaluate(): Uint8Array | null {
    const answer = callForeign("expr_evaluate", this.token);
    return answer.ok ? answer.bytes : null;
  }

  /** Whether the expression's value is `true`. */
  test(): bool {
    const value = this.evaluate();
    return value !== null && value.length == 1 && value[0] == 1;
  }

  /** Lets the host forget it. (Envoy, `expr_delete`) */
  delete(): void {
    callForeign("expr_delete", this.token);
  }
}
