import {
  Config,
  Counter,
  ExpiringCache,
  HttpContext,
  RootContext,
  SkippedStream,
  monotonicNow,
} from "as-proxy-wasm";
import { Decision } from "./decision";
import { Settings } from "./settings";
import { EnforcedStream } from "./stream";

const NANOSECONDS_PER_SECOND: u64 = 1000000000;

/** Lets requests go on that a policy allows. */
export class RbacEnforcer extends RootContext {
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
    for (let i = 0; i < settings.removeHeaders.length; i++)
      this.guardRequestHeader(settings.removeHeaders[i]);
    return true;
  }

  createHttpContext(): HttpContext | null {
    const settings = this.settings;
    return settings === null ? null : new EnforcedStream(this, settings);
  }

  createSkippedContext(): HttpContext {
    return new SkippedStream();
  }

  /** What was decided a while ago on a request with the same digest; null where nothing is known. */
  decisionOn(digest: Uint8Array): Decision | null {
    return digest.length == 0 ? null : this.kept.find(digest, monotonicNow());
  }

  keep(digest: Uint8Array, decision: Decision): void {
    if (digest.length != 0 && decision.isKeepable) this.kept.keep(digest, decision, monotonicNow());
  }
}

/** Named as `metricName` would; what stands here for the decision has nothing in it that must be replaced. */
function decided(decision: string): Counter {
  return new Counter("decision=.=" + decision + ";.;rbac_enforcer_requests_total");
}
