import { BufferType, PeerType, StreamType } from "../abi/enums";
import { Status } from "../abi/status";
import { closeStream } from "../abi/streams";
import { Body } from "../http/body";
import { resumeStream } from "../http/resume";
import { select } from "../runtime/entry";
import { unexpected } from "../runtime/failure";
import { State } from "../runtime/handle";
import { isShadowed, noteShadowed } from "../runtime/shadow";
import { Context } from "./context";

/** What becomes of a connection, or of the data on it, after a callback. */
export enum StreamAction {
  /** It goes on. */
  Continue = 0,
  /** It waits, and data is kept, until `resumeDownstream` (or `resumeUpstream`, see there). (Envoy: StopIteration) */
  Pause = 1,
}

/**
 * One TCP connection of a network filter: data from the client (downstream) and from the service (upstream). A plugin
 * derives from it, overrides what it wants to hear of, and makes one in `RootContext.createStreamContext`.
 *
 *     onNewConnection -> onDownstreamData*, onUpstreamData* -> onDownstreamClose, onUpstreamClose
 *     then onDone, onLog, onDelete
 */
export class StreamContext extends Context {
  constructor() {
    super();
    this.state = State.Tcp;
  }

  /** A client has connected. `Pause` holds the connection to the upstream back. (ABI 0.2.1, `proxy_on_new_connection`) */
  onNewConnection(): StreamAction {
    return StreamAction.Continue;
  }

  /**
   * Data came from the client: `this.downstreamData` has `size` bytes, what an earlier `Pause` kept included.
   * `endOfStream` is true when the client sends no more. (ABI 0.2.1, `proxy_on_downstream_data`)
   */
  onDownstreamData(size: u32, endOfStream: bool): StreamAction {
    return StreamAction.Continue;
  }

  /**
   * Data came from the upstream; as `onDownstreamData`, but what waits in Envoy goes on only after the next callback that
   * answers `Continue`. (ABI 0.2.1, `proxy_on_upstream_data`)
   */
  onUpstreamData(size: u32, endOfStream: bool): StreamAction {
    return StreamAction.Continue;
  }

  /** The client's connection was closed, by the client or by this proxy. (`proxy_on_downstream_connection_close`) */
  onDownstreamClose(peer: PeerType): void {}

  /**
   * The upstream's connection was closed, by the upstream or by this proxy. Envoy (1.40) says so when the upstream sends
   * no more, `peer` is then `Unknown`, and not at all when the plugin closes. (`proxy_on_upstream_connection_close`)
   */
  onUpstreamClose(peer: PeerType): void {}

  /** The connection is over: its properties can be read for the last time. (ABI 0.2.1, `proxy_on_log`) */
  onLog(): void {}

  /** The host is about to drop the connection. For TCP it comes before `onLog`. (ABI 0.2.1, `proxy_on_done`) */
  onDone(): void {}

  /** The connection is gone: nothing of it can be read or changed. (ABI 0.2.1, `proxy_on_delete`) */
  onDelete(): void {}

  /** What came from the client, in `onDownstreamData`. */
  get downstreamData(): Body {
    return new Body(BufferType.DownstreamData, this.id);
  }

  /** What came from the upstream, in `onUpstreamData`. */
  get upstreamData(): Body {
    return new Body(BufferType.UpstreamData, this.id);
  }

  /** Lets what came from the client go on after `Pause`. Without effect when it does not wait. */
  resumeDownstream(): void {
    resumeStream(this, State.RequestPaused, StreamType.Downstream);
  }

  /**
   * Lets what came from the upstream go on after `Pause`. Without effect when it does not wait, and in Envoy (1.40), which
   * lets it go on with what comes next.
   */
  resumeUpstream(): void {
    resumeStream(this, State.ResponsePaused, StreamType.Upstream);
  }

  /** Closes the client's connection, once the callback has returned. */
  closeDownstream(): void {
    this.close(StreamType.Downstream);
  }

  /** Closes the upstream's connection, once the callback has returned. */
  closeUpstream(): void {
    this.close(StreamType.Upstream);
  }

  private close(stream: StreamType): void {
    if (this.state & State.Ended || !select(this.id)) return;
    if (isShadowed()) return noteShadowed("close", "the connection");
    const status = closeStream(stream);
    if (status != Status.Ok) unexpected("proxy_close_stream", status);
  }
}
