import { getStatus, hostStatusCode } from "../abi/contexts";
import { hostData, hostSize } from "../abi/out";
import { Status } from "../abi/status";
import { unexpected } from "../runtime/failure";
import { decodeGrpcMessage } from "./grpc-message";

/** How the call ended whose answer is being heard. */
@final
export class CallStatus {
  constructor(
    /** Of a gRPC call its status, 0 to 16. */
    readonly code: u32,
    /** What there is to say of it; "" when there is nothing. */
    readonly message: string,
  ) {}
}

/**
 * How the host says that the call ended whose answer is being heard; in a handler of `GrpcCallHandler` the status and
 * the message are given anyhow. (ABI 0.2.1, `proxy_get_status`)
 */
export function callStatus(): CallStatus {
  const status = getStatus();
  if (status == Status.Ok) return new CallStatus(hostStatusCode(), decodeGrpcMessage(hostData(), hostSize()));
  unexpected("proxy_get_status", status);
  return new CallStatus(0, "");
}
