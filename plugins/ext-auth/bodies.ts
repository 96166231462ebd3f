import { RootContext, TimerHandler, log } from "as-proxy-wasm";
import { Decision, Outcome } from "./decision";
import { ExtAuthStream } from "./stream";

/** How long a body may be on its way to the plugin before the host is asked where it is, in milliseconds. */
const LOOK_AFTER = 100;

/**
 * Finds out whether the host lets bodies through while headers wait, which `allow_on_headers_stop_iteration` in the
 * filter's configuration decides and no hostcall tells: where bytes of a body have come to the host, and no callback to
 * the plugin, it does not. Then requests with a body are refused: they could be asked about only once their headers are
 * with the upstream.
 */
@final
export class Bodies {
  private waiting: ExtAuthStream[] = [];
  private doCome: bool = false;
  private doNotCome: bool = false;

  constructor(private readonly root: RootContext) {}

  /** A stream waits for its body. */
  expect(stream: ExtAuthStream): void {
    if (this.doNotCome) return stream.decide(outOfReach());
    if (this.doCome) return;
    this.waiting.push(stream);
    if (this.waiting.length == 1) this.root.after(LOOK_AFTER, new Look(this));
  }

  /** A body callback came. */
  arrived(): void {
    this.doCome = true;
    if (this.waiting.length != 0) this.waiting = [];
  }

  /** Looks whether the host has what the plugin waits for. */
  look(): void {
    this.waiting = this.waiting.filter((stream) => stream.awaitsBody);
    const waiting = this.waiting;
    for (let i = 0; i < waiting.length; i++) {
      if (waiting[i].bodySizeAtHost() > 0) return this.refuse();
    }
    if (waiting.length != 0) this.root.after(LOOK_AFTER, new Look(this));
  }

  private refuse(): void {
    this.doNotCome = true;
    log.error(
      "with_request_body needs allow_on_headers_stop_iteration: true in the filter's configuration (an EnvoyFilter or " +
        "Envoy's own can have it, a WasmPlugin cannot): requests with a body are refused",
    );
    const waiting = this.waiting;
    this.waiting = [];
    for (let i = 0; i < waiting.length; i++) waiting[i].decide(outOfReach());
  }
}

function outOfReach(): Decision {
  return new Decision(Outcome.BodyOutOfReach, "the host does not hold requests for their bodies");
}


@final
class Look extends TimerHandler {
  constructor(private readonly bodies: Bodies) {
    super();
  }

  onTimer(): void {
    this.bodies.look();
  }
}
