import { Gauge } from "as-proxy-wasm";

/**
 * The gauge of the requests that are under way. All workers add to the one that the host has, and each takes off what it
 * added and no more, so that it never falls below 0.
 */
@final
export class ActiveRequests {
  private readonly gauge: Gauge;
  /** How many of them are this VM's. */
  private entered: u32 = 0;

  constructor(readonly prefix: string) {
    this.gauge = new Gauge(prefix + "_active_requests");
  }

  /** A request has come. */
  enter(): void {
    this.entered += 1;
    this.gauge.add(1);
  }

  /** A request that had come is over. */
  leave(): void {
    if (this.entered == 0) return;
    this.entered -= 1;
    this.gauge.add(-1);
  }

  /** The plugin ends before its requests do: the gauge outlives it, and nobody else would take them off. */
  abandon(): void {
    this.gauge.add(-(<i64>this.entered));
    this.entered = 0;
  }
}
