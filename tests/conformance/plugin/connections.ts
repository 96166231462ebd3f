import {
  CallFailure,
  Config,
  Counter,
  HttpCall,
  HttpCallHandler,
  HttpCallResponse,
  LifeSpan,
  PeerType,
  RootContext,
  StreamAction,
  StreamContext,
  TimerHandler,
  log,
  properties,
  setFilterState,
} from "as-proxy-wasm";

/** Reads and changes what goes over TCP connections, as its first word says. */
export class Connections extends RootContext {
  /** The cluster that connections go to; "" leaves it to the host. */
  cluster: string = "";
  /** How long a new connection waits, in milliseconds. */
  holdMs: u32 = 0;

  onConfigure(config: Config): bool {
    this.cluster = config.string("cluster");
    this.holdMs = <u32>config.integer("hold_ms", 0, 0, 10000);
    return true;
  }

  createStreamContext(): StreamContext {
    return new Connection(this);
  }
}

class ResumeDownstream extends TimerHandler {
  constructor(private readonly connection: StreamContext) {
    super();
  }

  onTimer(): void {
    this.connection.resumeDownstream();
  }
}

class ResumeUpstream extends TimerHandler {
  constructor(private readonly connection: StreamContext) {
    super();
  }

  onTimer(): void {
    this.connection.resumeUpstream();
  }
}

/** Lets the connection go on when the service has answered. */
class Allowed extends HttpCallHandler {
  constructor(private readonly connection: StreamContext) {
    super();
  }

  onResponse(response: HttpCallResponse): void {
    if (response.body.text() == "yes") this.connection.resumeDownstream();
    else this.connection.closeDownstream();
  }
}

class Connection extends StreamContext {
  private who: string = "";

  constructor(private readonly root: Connections) {
    super();
  }

  onCreate(): void {
    this.who = "connection " + this.id.toString() + ": ";
  }

  onNewConnection(): StreamAction {
    new Counter("conformance.connections").add();
    const source = properties.text("source\0address");
    log.info(this.who + "connected from " + (source === null ? "(null)" : source));
    if (this.root.cluster.length != 0) {
      const set = setFilterState("envoy.tcp_proxy.cluster", this.root.cluster, LifeSpan.DownstreamConnection);
      log.info(this.who + "cluster set " + set.toString());
    }
    if (this.root.holdMs == 0) return StreamAction.Continue;
    this.root.after(this.root.holdMs, new ResumeDownstream(this));
    return StreamAction.Pause;
  }

  onDownstreamData(size: u32, endOfStream: bool): StreamAction {
    const data = this.downstreamData;
    const text = data.text();
    if (text.startsWith("shout ")) data.set(text.substring(6).toUpperCase() + "/" + size.toString());
    if (text.startsWith("hold ")) {
      this.root.after(80, new ResumeDownstream(this));
      return StreamAction.Pause;
    }
    if (text.startsWith("ask ")) {
      const call: HttpCall = {
        headers: [
          [":method", "GET"],
          [":path", "/" + text.substring(4)],
          [":authority", "service.test"],
        ],
        timeoutMs: 5000,
      };
      if (this.dispatchHttpCall("service", call, new Allowed(this)) == CallFailure.None)
        return StreamAction.Pause;
    }
    if (text.startsWith("collect ") && !text.endsWith(".")) return StreamAction.Pause;
    if (text == "close") this.closeDownstream();
    if (text == "close-upstream") this.closeUpstream();
    if (endOfStream) data.append("[end]");
    return StreamAction.Continue;
  }

  onUpstreamData(size: u32, endOfStream: bool): StreamAction {
    const data = this.upstreamData;
    const text = data.text();
    if (text == "wait held") {
      this.root.after(50, new ResumeUpstream(this));
      return StreamAction.Pause;
    }
    data.prepend("(" + size.toString() + ")");
    if (endOfStream) data.append("[end]");
    return StreamAction.Continue;
  }

  onDownstreamClose(peer: PeerType): void {
    log.info(this.who + "downstream closed by " + peer.toString());
  }

  onUpstreamClose(peer: PeerType): void {
    log.info(this.who + "upstream closed by " + peer.toString());
  }

  onLog(): void {
    log.info(this.who + "logged");
  }

  onDone(): void {
    log.info(this.who + "done");
  }

  onDelete(): void {
    log.info(this.who + "deleted");
  }
}
