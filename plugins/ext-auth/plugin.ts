import {
  Config,
  Counter,
  ExpiringCache,
  HttpContext,
  RootContext,
  SkippedStream,
  metricName,
  monotonicNow,
} from "as-proxy-wasm";
import { Batch } from "./batch";
import { Bodies } from "./bodies";
import { Decision } from "./decision";
import { Question } from "./question";
import { Settings } from "./settings";
import { ExtAuthStream } from "./stream";

const NANOSECONDS_PER_SECOND: u64 = 1000000000;

/** Lets requests go on that a service allows. */
export class ExtAuth extends RootContext {
  bodies: Bodies = new Bodies(this);
  /** Where questions are gathered; null when each is asked by itself. */
  batch: Batch | null = null;
  allowed: Counter = decided("allowed");
  denied: Counter = decided("denied");
  failed: Counter = decided("failed");
  skipped: Counter = decided("skipped");
  private settings: Settings | null = null;
  private kept: ExpiringCache<Decision> = new ExpiringCache<Decision>(0, 0);

  onConfigure(config: Config): bool {
    const settings = Settings.read(config);
    if (!config.ok()) return false;
    this.settings = settings;
    this.kept = new ExpiringCache<Decision>(
      settings.cacheEntries,
      settings.cacheTtlSeconds * NANOSECONDS_PER_SECOND,
    );
    this.batch = settings.batchSize == 0 ? null : new Batch(this, settings);
    for (let i = 0; i < settings.upstreamHeaders.length; i++)
      this.guardRequestHeader(settings.upstreamHeaders[i]);
    for (let i = 0; i < settings.removeHeaders.length; i++)
      this.guardRequestHeader(settings.removeHeaders[i]);
    return true;
  }

  createHttpContext(): HttpContext | null {
    const settings = this.settings;
    return settings === null ? null : new ExtAuthStream(this, settings);
  }

  createSkippedContext(): HttpContext {
    return new SkippedStream();
  }

  /** What was decided on the same question a while ago; null where nothing is known. */
  decisionOn(question: Question): Decision | null {
    return question.digest.length == 0 ? null : this.kept.find(question.digest, monotonicNow());
  }

  keep(question: Question, decision: Decision): void {
    if (question.digest.length != 0 && decision.isKeepable)
      this.kept.keep(question.digest, decision, monotonicNow());
  }
}

function decided(decision: string): Counter {
  return new Counter(metricName("ext_auth_requests_total", [["decision", decision]]));
}
