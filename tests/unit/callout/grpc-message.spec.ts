import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { dataOf, sizeOf } from "as-proxy-wasm/assembly/runtime/slice";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";
import { decodeGrpcMessage } from "as-proxy-wasm/assembly/callout/grpc-message";

function decoded(wire: string): string {
  const bytes = encode(wire);
  return decodeGrpcMessage(dataOf(bytes), sizeOf(bytes));
}

describe("the message of a gRPC status", () => {
  afterEach(() => resetArena());

  it("is read out of its percent encoding", () => {
    expect<string>(decoded("no%20such%20thing: %C3%bc")).toBe("no such thing: ü");
    expect<string>(decoded("plain text")).toBe("plain text");
    expect<string>(decoded("")).toBe("");
  });

  it("has a percent sign where no two hexadecimal digits follow", () => {
    expect<string>(decoded("50% of %zz %4")).toBe("50% of %zz %4");
    expect<string>(decoded("%")).toBe("%");
    expect<string>(decoded("%25")).toBe("%");
    expect<string>(decoded("%2525")).toBe("%25");
  });

  it("is without what Envoy adds to a service's own, and with what it adds to its own", () => {
    expect<string>(decoded("that%20will%20do{via_upstream}")).toBe("that will do");
    expect<string>(decoded("{via_upstream}")).toBe("");
    expect<string>(decoded("upstream request timeout{response_timeout}")).toBe(
      "upstream request timeout{response_timeout}",
    );
  });
});
