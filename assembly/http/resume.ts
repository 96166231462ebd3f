import { StreamType } from "../abi/enums";
import { Status } from "../abi/status";
import { continueStream } from "../abi/streams";
import { select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { ContextHandle } from "../runtime/handle";

/**
 * Asks the host to go on with what waits. In a callback of the message itself it only notes that there is nothing to
 * wait for, which the callback's answer then says: told both, Envoy passes the message on twice, and can crash of it
 * (1.40, response headers held and let go by the body callback). Where nothing waits the host is not asked either.
 */
export function resumeStream(handle: ContextHandle, paused: u32, stream: StreamType): void {
  const state = handle.state;
  if (state & (paused >> 2)) {
    handle.state = state | (paused << 2);
  } else if (state & paused) {
    handle.state = state & ~paused;
    if (!select(handle.id)) return;
    const status = continueStream(stream);
    if (status != Status.Ok && status != Status.Unimplemented) unexpected("proxy_continue_stream", status);
  }
}
