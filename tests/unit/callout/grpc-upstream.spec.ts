import { NO_UPSTREAM, upstreamBytes } from "as-proxy-wasm/assembly/callout/grpc-upstream";
import { grpcService } from "as-proxy-wasm/assembly/envoy/grpc-service";
import { resetArena } from "as-proxy-wasm/assembly/runtime/arena";
import { copyOf } from "as-proxy-wasm/assembly/runtime/slice";
import { encode } from "as-proxy-wasm/assembly/runtime/utf8";

function utf8(text: string): Uint8Array {
  return copyOf(encode(text));
}

function upstreamOf(cluster: string): Uint8Array {
  return copyOf(upstreamBytes(cluster, null));
}

describe("the upstream of a gRPC call", () => {
  afterEach(() => resetArena());

  it("is the cluster's name where that cannot be taken for a message", () => {
    const names = [
      "echo",
      "outbound|80||echo.test",
      "ratelimit",
      "a",
      "ext-authz",
      "users-v1",
      "grpc_service",
    ];
    for (let i = 0; i < names.length; i++)
      expect<Uint8Array>(upstreamOf(names[i])).toStrictEqual(utf8(names[i]));
  });

  it("is a GrpcService where the cluster's name is one by its bytes", () => {
    // Four bytes behind 'e', 'm' and 'u', eight behind 'i' and 'y', a number behind '(' and 'x', groups.
    const names = [
      "empty",
      "email",
      "users",
      "model",
      "identity1",
      "y12345678",
      "xy",
      "(a",
      "st",
      "usersemail",
    ];
    for (let i = 0; i < names.length; i++) {
      expect<Uint8Array>(upstreamOf(names[i])).toStrictEqual(grpcService(names[i], ""), names[i]);
    }
  });

  it("is what was given where that is a GrpcService", () => {
    const service = grpcService("users", "users.test");
    expect<Uint8Array>(copyOf(upstreamBytes("", service))).toStrictEqual(service);
  });

  it("is none where nothing names a service", () => {
    expect<u64>(upstreamBytes("", null)).toBe(NO_UPSTREAM);
    expect<u64>(upstreamBytes("echo", new Uint8Array(0))).toBe(NO_UPSTREAM);
    expect<u64>(upstreamBytes("echo", utf8("empty"))).toBe(NO_UPSTREAM);
    expect<u64>(upstreamBytes("echo", utf8("no message"))).toBe(NO_UPSTREAM);
    const service = grpcService("users", "users.test");
    expect<u64>(upstreamBytes("", service.slice(0, service.length - 1))).toBe(NO_UPSTREAM);
  });
});
