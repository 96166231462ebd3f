import { makeCurrent, select } from "../runtime/entry";
import { ContextHandle } from "../runtime/handle";
import { CallFailure } from "../callout/failure";
import {
  GrpcCallHandle,
  GrpcCallHandler,
  GrpcStream,
  GrpcStreamHandler,
  GrpcTarget,
  makeGrpcCall,
  openGrpcStream,
} from "../callout/grpc";
import { HttpCall, HttpCallHandler, HttpCallResponse, makeHttpCall } from "../callout/http-call";
import { DnsHandler, askDns } from "../envoy/dns";
import { RootContext } from "./root";

/**
 * What root contexts, HTTP streams and TCP connections have in common: they ask services, and hear of it.
 *
 * What a context has asked for is dropped when it ends; answers that come later reach nobody. When an answer comes, the
 * context that asked is the effective one again: its headers can be changed, and it can be resumed or answered.
 */
export class Context extends ContextHandle {
  /** For the SDK: the root context whose settings hold for this one. */
  root_: RootContext | null = null;

  /** The context has its number now, which it has not yet in the constructor. (ABI 0.2.1, `proxy_on_context_create`) */
  onCreate(): void {}

  /**
   * A call that was made without a handler has ended. (ABI 0.2.1, `proxy_on_http_call_response`)
   */
  onHttpCallResponse(response: HttpCallResponse): void {}

  /** A function of the host's calls back, with what it has to say. (ABI 0.2.1, `proxy_on_foreign_function`) */
  onForeignFunction(functionId: u32, args: Uint8Array): void {}

  /**
   * Lets what follows in this callback act on this context where it says nothing else: properties, foreign functions, the
   * calls of no object. Its own headers, bodies, replies and calls need no such thing. False when it has ended.
   * (ABI 0.2.1, `proxy_set_effective_context`)
   */
  makeEffective(): bool {
    makeCurrent(this.id);
    return select(0);
  }

  /**
   * Sends a request to a cluster of the host's. The answer goes to the handler, or to `onHttpCallResponse` without one;
   * any number of calls can be under way. Says at once why a call cannot be made: then nobody hears of it.
   *
   *     const call: HttpCall = {
   *       headers: [[":method", "GET"], [":path", "/check"], [":authority", "auth"]],
   *       timeoutMs: 500,
   *     };
   *     if (this.dispatchHttpCall("auth", call, new Answer(this)) != CallFailure.None) ...
   *
   * (ABI 0.2.1, `proxy_http_call`)
   */
  dispatchHttpCall(cluster: string, call: HttpCall, handler: HttpCallHandler | null = null): CallFailure {
    return makeHttpCall(this, cluster, call, handler);
  }

  /**
   * Makes a unary gRPC call with a message that is already serialized. Null when it cannot be made: `lastGrpcFailure()`
   * tells why, and the handler hears nothing. A timeout of 0 is none. (ABI 0.2.1, `proxy_grpc_call`)
   */
  dispatchGrpcCall(
    target: GrpcTarget,
    message: Uint8Array,
    timeoutMs: u32,
    handler: GrpcCallHandler,
  ): GrpcCallHandle | null {
    return makeGrpcCall(this, target, message, timeoutMs, handler);
  }

  /** Opens a gRPC stream; null as for `dispatchGrpcCall`. (ABI 0.2.1, `proxy_grpc_stream`) */
  openGrpcStream(target: GrpcTarget, handler: GrpcStreamHandler): GrpcStream | null {
    return openGrpcStream(this, target, handler);
  }

  /** Asks Envoy for a name's addresses. False when it cannot be asked. (Envoy, `envoy_resolve_dns`) */
  resolveDns(name: string, handler: DnsHandler): bool {
    return askDns(this, name, handler);
  }
}
