import { Status } from "../enums.js";
import { HeaderMap } from "../header-map.js";
import { decodePairs } from "../pairs.js";
import type { Access, Hostcalls } from "./access.js";

/** Requests to services, and names' addresses. The root context makes them, whichever context asks. */
export function calloutCalls(access: Access): Hostcalls {
  return {
    proxy_http_call: (
      cluster: number,
      clusterSize: number,
      headers: number,
      headersSize: number,
      body: number,
      bodySize: number,
      trailers: number,
      trailersSize: number,
      timeout: number,
      out: number,
    ) => {
      const name = access.text(cluster, clusterSize);
      const block = access.read(headers, headersSize);
      const bytes = access.read(body, bodySize);
      const trailing = access.read(trailers, trailersSize);
      if (name === undefined || block === undefined || bytes === undefined || trailing === undefined) {
        return Status.InvalidMemoryAccess;
      }
      // The place for the number is tried before anything is sent.
      if (access.giveU32(0, out) !== Status.Ok) return Status.InvalidMemoryAccess;
      if (timeout < 0) return Status.BadArgument;
      const made = access.root?.httpCalls.make({
        cluster: name,
        headers: new HeaderMap(decodePairs(block)).list,
        body: bytes,
        trailers: new HeaderMap(decodePairs(trailing)).list,
        timeoutMs: timeout,
      });
      if (made === undefined) return Status.BadArgument;
      return typeof made === "number" ? made : access.giveU32(made.token, out);
    },
    envoy_resolve_dns: (name: number, size: number, out: number) => {
      const asked = access.text(name, size);
      const { root, vm } = access;
      // The number is written first, for the answer may come within this call.
      if (asked === undefined || root === undefined) return Status.InvalidMemoryAccess;
      const token = ++vm.tokens.dns;
      if (access.giveU32(token, out) !== Status.Ok) return Status.InvalidMemoryAccess;
      root.resolveDns(asked, token);
      return Status.Ok;
    },
  };
}
