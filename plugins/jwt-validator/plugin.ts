import {
  Config,
  Counter,
  HttpContext,
  JwtKeySet,
  RootContext,
  SkippedStream,
  log,
  metricName,
  properties,
} from "as-proxy-wasm";
import { RemoteKeys } from "./remote-keys";
import { Settings } from "./settings";
import { SharedKeys } from "./shared-keys";
import { JwtStream } from "./stream";

/** Lets requests go on that have a token which is signed by somebody who is trusted, and says what it must. */
export class JwtValidator extends RootContext {
  allowed: Counter = decided("allowed");
  anonymous: Counter = decided("anonymous");
  denied: Counter = decided("denied");
  failed: Counter = decided("failed");
  skipped: Counter = decided("skipped");
  /** The keys that are fetched; null where the configuration has them. */
  remote: RemoteKeys | null = null;
  private settings: Settings | null = null;

  onConfigure(config: Config): bool {
    const settings = Settings.read(config);
    if (!config.ok()) return false;
    this.settings = settings;
    if (settings.payloadHeader.length != 0) this.vouchBy(settings.payloadHeader, settings);
    for (let i = 0; i < settings.claimHeaders.length; i++)
      this.vouchBy(settings.claimHeaders[i].header, settings);
    const service = settings.service;
    if (service === null) return true;
    const name = properties.plugin.pluginName();
    const shared = new SharedKeys(name === null ? "jwt-validator" : name, settings.source);
    const remote = new RemoteKeys(this, service, shared, settings.refresh);
    this.remote = remote;
    remote.start();
    return true;
  }

  createHttpContext(): HttpContext | null {
    const settings = this.settings;
    return settings === null ? null : new JwtStream(this, settings);
  }

  createSkippedContext(): HttpContext {
    return new SkippedStream();
  }

  onDone(): bool {
    const remote = this.remote;
    if (remote !== null) remote.stop();
    return true;
  }

  /** Takes a header that tells of claims away from clients. */
  private vouchBy(header: string, settings: Settings): void {
    this.guardRequestHeader(header);
    for (let i = 0; i < settings.places.length; i++) {
      if (settings.places[i].isHeader(header))
        log.warn(
          "no token is ever found in " +
            header +
            ": it tells of claims, and what clients send there is removed",
        );
    }
  }

  /** The keys that tokens are checked with; null as long as there are none. */
  get keys(): JwtKeySet | null {
    const remote = this.remote;
    if (remote !== null) return remote.keys;
    const settings = this.settings;
    return settings === null ? null : settings.keys;
  }
}

function decided(decision: string): Counter {
  return new Counter(metricName("jwt_validator_requests_total", [["decision", decision]]));
}
