import { Config, PeerType, RootContext, StreamAction, StreamContext, log, register } from "as-proxy-wasm";
import { Opening, Openings } from "./openings";

/** Closes TCP connections that begin with what is not wanted here, and logs how much went over the others. */
class Tcp extends RootContext {
  refused: Openings = new Openings();

  onConfigure(config: Config): bool {
    const refused = new Openings();
    const texts = config.strings("refuse");
    for (let i = 0; i < texts.length; i++) {
      if (!refused.add(texts[i])) config.problem("refuse", "must not have an empty text in it");
    }
    this.refused = refused;
    return config.ok();
  }

  createStreamContext(): StreamContext {
    return new Connection(this);
  }
}

/** One connection of a client. */
class Connection extends StreamContext {
  private isDecided: bool = false;
  private received: u64 = 0;
  private sent: u64 = 0;

  constructor(private plugin: Tcp) {
    super();
  }

  /** While it answers `Pause`, the host keeps what came, and `size` grows. */
  onDownstreamData(size: u32, endOfStream: bool): StreamAction {
    if (!this.isDecided) {
      const refused = this.plugin.refused;
      const opening = refused.judge(this.downstreamData.bytes(0, min(size, refused.longest)));
      if (opening == Opening.Unclear && !endOfStream) return StreamAction.Pause;
      this.isDecided = true;
      if (opening == Opening.Known) {
        log.warn("a connection was closed for what it began with");
        this.closeDownstream();
        return StreamAction.Pause;
      }
    }
    this.received += size;
    return StreamAction.Continue;
  }

  onUpstreamData(size: u32, endOfStream: bool): StreamAction {
    this.sent += size;
    return StreamAction.Continue;
  }

  onDownstreamClose(peer: PeerType): void {
    log.info("connection over: " + this.received.toString() + " bytes in, " + this.sent.toString() + " out");
  }
}

register("tcp", () => new Tcp());
