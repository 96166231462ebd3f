import { BodyBuffer, noBody } from "./body-buffer.js";
import { BufferType, PeerType, Status, StreamType } from "./enums.js";
import type { Readable } from "./host-context.js";
import type { RootHost } from "./root-host.js";
import { StreamHost, type StreamOptions } from "./stream-host.js";
import { toBytes, type TextOrBytes } from "./text.js";
import type { Vm } from "./vm.js";

/** What came of a step of a connection. */
export interface TcpResult {
  /** What the module answered; 0 when it was not asked. */
  action: number;
  /** The bytes that went on since the last step in this direction. */
  data: Uint8Array;
  /** Whether bytes of this direction wait for the plugin. */
  paused: boolean;
  /** Whether all of this direction has gone on. */
  end: boolean;
  /** The plugin, or the host in its place, closed the connection. */
  closed?: true;
  /** The module trapped. */
  trap?: Error;
}

type Direction = "downstream" | "upstream";

/** One direction of a connection at a filter: bytes wait until the filter lets all of them go on. */
class TcpSide {
  readonly waiting = new BodyBuffer();
  released: Uint8Array = new Uint8Array(0);
  isVisible = false;
  paused = false;
  ended = false;
  endSent = false;

  release(): void {
    const sum = new BodyBuffer(this.released);
    sum.append(this.waiting.take());
    this.released = sum.bytes;
    this.paused = false;
    this.endSent = this.ended;
  }
}

/** One TCP connection of a host: the caller plays client and upstream. (Envoy, `Context::onData`, `onWrite`) */
export class TcpStream extends StreamHost {
  private readonly sides: Record<Direction, TcpSide> = { downstream: new TcpSide(), upstream: new TcpSide() };
  private downstreamGone = false;
  private upstreamGone = false;
  private closed = false;

  constructor(
    vm: Vm,
    root: RootHost,
    /** The plugin's VM is dead, and connections pass untouched. */
    private readonly isSkipped: boolean,
    options: StreamOptions,
    /** Waits until no answer of a service is under way. */
    readonly settled: () => Promise<void>,
  ) {
    super(vm, root, options);
  }

  /** A client has connected. */
  newConnection(): TcpResult {
    if (!this.isSkipped && this.vm.failure === null) this.create(this.root.id);
    const action = this.isSkipped ? 0 : this.ask("proxy_on_new_connection");
    return this.result("downstream", action);
  }

  /** The client sends. What the plugin had waiting it sees again, with what is new behind it. */
  downstreamData(bytes: TextOrBytes, end = false): TcpResult {
    return this.data("downstream", toBytes(bytes), end);
  }

  /** The upstream sends; with its end the plugin hears that it has closed. */
  upstreamData(bytes: TextOrBytes, end = false): TcpResult {
    const result = this.data("upstream", toBytes(bytes), end);
    if (end) this.upstreamClosed(PeerType.Unknown);
    return result;
  }

  /** The client has closed, which ends the stream: done, log, delete. */
  downstreamClosed(peer = PeerType.Remote): void {
    if (this.downstreamGone) return;
    this.downstreamGone = true;
    if (this.isCreated) this.vm.call(this, "proxy_on_downstream_connection_close", this.id, peer);
    this.end();
  }

  /** The upstream has closed; the stream ends when the client has too. */
  upstreamClosed(peer = PeerType.Unknown): void {
    if (this.upstreamGone || this.closed) return;
    this.upstreamGone = true;
    if (this.isCreated) this.vm.call(this, "proxy_on_upstream_connection_close", this.id, peer);
    if (this.downstreamGone) this.end();
  }

  /** As `downstreamClosed`. */
  close(): void {
    this.downstreamClosed();
  }

  /** How what the client sends stands: after an answer, say, that has let it go on. */
  get downstreamState(): TcpResult {
    return this.result("downstream", 0, false);
  }

  /** How what the upstream sends stands. */
  get upstreamState(): TcpResult {
    return this.result("upstream", 0, false);
  }

  override buffer(type: BufferType): Readable | undefined {
    if (type === BufferType.DownstreamData) return visible(this.sides.downstream);
    if (type === BufferType.UpstreamData) return visible(this.sides.upstream);
    return super.buffer(type);
  }

  override continueStream(stream: StreamType): Status {
    if (stream === StreamType.Upstream) return Status.Unimplemented;
    if (stream === StreamType.Downstream) {
      this.vm.afterCall(() => {
        if (!this.closed) this.sides.downstream.release();
      });
    }
    return Status.Ok;
  }

  override closeStream(stream: StreamType): Status {
    if (stream >= StreamType.Downstream) this.vm.afterCall(() => this.downstreamClosed(PeerType.Local));
    return Status.Ok;
  }

  protected override ownProperty(): undefined {
    return undefined;
  }

  private data(direction: Direction, bytes: Uint8Array, end: boolean): TcpResult {
    const side = this.sides[direction];
    if (this.closed) return this.result(direction, 0);
    side.waiting.append(bytes);
    side.ended = end;
    side.isVisible = true;
    const callback = `proxy_on_${direction}_data`;
    const action = this.isCreated ? this.ask(callback, side.waiting.length, Number(end)) : 0;
    if (!this.isOver() && action === 0) {
      side.isVisible = false;
      side.release();
    } else {
      side.paused = true;
    }
    return this.result(direction, action);
  }

  private ask(callback: string, ...args: number[]): number {
    const { value } = this.vm.call(this, callback, this.id, ...args);
    if (this.vm.failure === null) return value;
    // Envoy closes connections whose plugin is dead.
    this.downstreamClosed(PeerType.Local);
    return 1;
  }

  private isOver(): boolean {
    return this.closed;
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.isCreated) {
      this.vm.call(this, "proxy_on_done", this.id);
      this.vm.call(this, "proxy_on_log", this.id);
    }
    this.delete();
  }

  private result(direction: Direction, action: number, take = true): TcpResult {
    const side = this.sides[direction];
    const data = side.released;
    if (take) side.released = new Uint8Array(0);
    return {
      action,
      data,
      paused: side.paused && !this.closed,
      end: side.endSent,
      ...(this.closed && { closed: true as const }),
      ...(this.vm.failure !== null && !this.isSkipped && { trap: this.vm.failure }),
    };
  }
}

const visible = (side: TcpSide): BodyBuffer => (side.isVisible ? side.waiting : noBody);
