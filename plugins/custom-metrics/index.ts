import { Config, HeadersAction, HttpContext, RootContext, log, register } from "as-proxy-wasm";
import { ActiveRequests } from "./active-requests";
import { labelsOf, namesOf } from "./labels";
import { RequestMetrics } from "./request-metrics";
import { readSettings } from "./settings";

/** Counts requests by method, response class and headers, and measures how long they take and how large they are. */
class CustomMetrics extends RootContext {
  metrics: RequestMetrics | null = null;

  onConfigure(config: Config): bool {
    const settings = readSettings(config);
    if (!config.ok()) return false;
    const prefix = settings.prefix;
    const labels = labelsOf(settings.headers);
    this.metrics = new RequestMetrics(prefix, labels, settings.maxSeries, this.activeOf(prefix));
    log.info(prefix + "_requests_total has the labels " + namesOf(labels).join(","));
    return true;
  }

  createHttpContext(): HttpContext | null {
    const metrics = this.metrics;
    return metrics === null ? null : new MeasuredRequest(metrics);
  }

  onDelete(): void {
    const metrics = this.metrics;
    if (metrics !== null) metrics.active.abandon();
  }

  /** The requests under way; the same as before where the host configures the plugin once more. */
  private activeOf(prefix: string): ActiveRequests {
    const metrics = this.metrics;
    if (metrics !== null && metrics.active.prefix == prefix) return metrics.active;
    return new ActiveRequests(prefix);
  }
}

class MeasuredRequest extends HttpContext {
  private isActive: bool = false;

  constructor(private metrics: RequestMetrics) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    if (!this.isActive) this.metrics.active.enter();
    this.isActive = true;
    return HeadersAction.Continue;
  }

  /** Comes for requests too that filters nearer the client answered, and that the plugin has not seen before. */
  onLog(): void {
    this.leave();
    this.metrics.record(this.request.headers);
  }

  onDelete(): void {
    this.leave();
  }

  private leave(): void {
    if (this.isActive) this.metrics.active.leave();
    this.isActive = false;
  }
}

register("custom-metrics", () => new CustomMetrics());
