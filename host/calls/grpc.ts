import { Status } from "../enums.js";
import { HeaderMap } from "../header-map.js";
import { decodePairs } from "../pairs.js";
import { grpcTarget } from "../foreign/grpc-service.js";
import type { GrpcCall } from "../services.js";
import { noBytes } from "../text.js";
import type { Access, Hostcalls } from "./access.js";

/** An address and a size in the module's memory. */
type Place = [address: number, size: number];

/** gRPC calls and streams. */
export function grpcCalls(access: Access): Hostcalls {
  /** What both kinds of calls have; a status where it cannot be read. */
  function read(upstream: Place, service: Place, method: Place, metadata: Place, message: Place) {
    const target = access.read(...upstream);
    const [serviceName, methodName] = [access.text(...service), access.text(...method)];
    const [block, bytes] = [access.read(...metadata), access.read(...message)];
    if (!target || serviceName === undefined || methodName === undefined || !block || !bytes) {
      return Status.InvalidMemoryAccess;
    }
    const found = grpcTarget(target);
    if (found === undefined) return Status.BadArgument;
    const call: Omit<GrpcCall, "signal"> = {
      cluster: found.cluster,
      service: serviceName,
      method: methodName,
      metadata: new HeaderMap(decodePairs(block)).list,
      message: bytes,
      timeoutMs: 0,
    };
    return { call, named: found.named };
  }

  const answer = (made: { token: number } | Status | undefined, out: number) =>
    typeof made === "object" ? access.giveU32(made.token, out) : (made ?? Status.BadArgument);

  return {
    proxy_grpc_call: (...args: number[]) => {
      const [
        u = 0,
        us = 0,
        s = 0,
        ss = 0,
        m = 0,
        ms = 0,
        d = 0,
        ds = 0,
        b = 0,
        bs = 0,
        timeout = 0,
        out = 0,
      ] = args;
      const asked = read([u, us], [s, ss], [m, ms], [d, ds], [b, bs]);
      if (typeof asked === "number") return asked;
      return answer(
        access.root?.grpcCalls.call({ ...asked.call, timeoutMs: timeout >>> 0 }, asked.named),
        out,
      );
    },
    proxy_grpc_stream: (...args: number[]) => {
      const [u = 0, us = 0, s = 0, ss = 0, m = 0, ms = 0, d = 0, ds = 0, out = 0] = args;
      const asked = read([u, us], [s, ss], [m, ms], [d, ds], [0, 0]);
      if (typeof asked === "number") return asked;
      return answer(access.root?.grpcCalls.open({ ...asked.call, message: noBytes }, asked.named), out);
    },
    proxy_grpc_send: (token: number, message: number, size: number, end: number) => {
      const bytes = access.read(message, size);
      if (bytes === undefined) return Status.InvalidMemoryAccess;
      return access.root?.grpcCalls.send(token, bytes, end !== 0) ?? Status.BadArgument;
    },
    proxy_grpc_cancel: (token: number) => access.root?.grpcCalls.cancel(token) ?? Status.BadArgument,
    proxy_grpc_close: (token: number) => access.root?.grpcCalls.close(token) ?? Status.BadArgument,
  };
}
