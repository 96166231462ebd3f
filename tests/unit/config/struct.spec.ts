import { ProtobufWriter, decodeSlice, sliceOf, utf8Bytes } from "as-proxy-wasm";
import { structInMapToJson } from "as-proxy-wasm/assembly/config/struct";

/** Fields of `google.protobuf.Value`. */
const TEXT: u32 = 3;
const STRUCT: u32 = 5;

function entry(key: string, value: Uint8Array): Uint8Array {
  return new ProtobufWriter().string(1, key).bytes(2, value).finish();
}

function struct(key: string, value: Uint8Array): Uint8Array {
  return new ProtobufWriter().bytes(1, entry(key, value)).finish();
}

function text(value: string): Uint8Array {
  return new ProtobufWriter().string(TEXT, value).finish();
}

function found(message: Uint8Array, key: string): string {
  return decodeSlice(structInMapToJson(sliceOf(message), sliceOf(utf8Bytes(key))));
}

/** Envoy's `Metadata` with two namespaces, and something in its second field. */
function metadata(): Uint8Array {
  const claims = struct(
    "payload",
    new ProtobufWriter().bytes(STRUCT, struct("sub", text('ann "a"'))).finish(),
  );
  return new ProtobufWriter()
    .bytes(1, entry("envoy.lb", struct("canary", text("yes"))))
    .bytes(1, entry("envoy.filters.http.jwt_authn", claims))
    .bytes(2, entry("envoy.lb", text("typed")))
    .finish();
}

describe("a Struct in a map", () => {
  it("is found by its key, as JSON", () => {
    expect<string>(found(metadata(), "envoy.lb")).toBe('{"canary":"yes"}');
    expect<string>(found(metadata(), "envoy.filters.http.jwt_authn")).toBe(
      '{"payload":{"sub":"ann \\"a\\""}}',
    );
  });

  it("is not there under another key, or in another message", () => {
    expect<string>(found(metadata(), "envoy")).toBe("");
    expect<string>(found(metadata(), "")).toBe("");
    expect<string>(found(new Uint8Array(0), "envoy.lb")).toBe("");
    expect<string>(found(utf8Bytes("{}"), "envoy.lb")).toBe("");
    expect<string>(found(struct("a", new Uint8Array(0)), "a")).toBe("");
  });

  it("is never read beyond the end, cut or damaged wherever", () => {
    const message = metadata();
    for (let size = 0; size < message.length; size++) {
      found(message.slice(0, size), "envoy.filters.http.jwt_authn");
      for (let bit: u8 = 1; bit != 0; bit <<= 1) {
        const damaged = message.slice(0);
        damaged[size] = damaged[size] ^ bit;
        found(damaged, "envoy.filters.http.jwt_authn");
      }
    }
    expect<string>(found(message, "envoy.lb")).toBe('{"canary":"yes"}');
  });
});
