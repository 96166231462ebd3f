import {
  CallFailure,
  Config,
  Context,
  GrpcCallHandler,
  GrpcTarget,
  Headers,
  HttpService,
  JsonType,
  grpcService,
  lastGrpcFailure,
} from "as-proxy-wasm";
import { RateRule } from "./rules";
import { rateLimitRequest } from "./rate-limit-messages";

const DEFAULT_TIMEOUT_MS: i64 = 100;
const LONGEST_TIMEOUT_MS: i64 = 60000;

/** A service that counts for many proxies: Envoy's rate limit service. */
@final
export class RateLimitService {
  /** The clusters that it may be reached by, in the order in which they are tried. */
  private readonly targets: GrpcTarget[] = [];
  /** The one that was reached last. */
  private known: i32 = 0;

  constructor(
    cluster: string,
    private readonly domain: string,
    private readonly timeoutMs: u32,
  ) {
    // A text without a scheme can be the name of a cluster, whatever it looks like.
    if (!cluster.includes("://")) this.targets.push(targetOf(cluster, authorityOf(cluster)));
    const address = addressOf(cluster);
    if (address !== null) this.addTargetsOf(address);
  }

  /** The clusters that are tried, for the log. */
  get clusters(): string {
    let names = "";
    for (let i = 0; i < this.targets.length; i++) {
      names += (i == 0 ? "" : ", ") + unchecked(this.targets[i]).cluster;
    }
    return names;
  }

  /**
   * Asks for a request, on behalf of a context. False when there is nobody to ask: no cluster is known, or the one that is
   * has no hosts; the handler then hears nothing.
   */
  ask(context: Context, rule: RateRule, request: Headers, handler: GrpcCallHandler): bool {
    const message = rateLimitRequest(this.domain, rule, request);
    const targets = this.targets;
    for (let i = 0; i < targets.length; i++) {
      const index = (this.known + i) % targets.length;
      const target = unchecked(targets[index]);
      if (context.dispatchGrpcCall(target, message, this.timeoutMs, handler) !== null) {
        this.known = index;
        return true;
      }
      // Of a cluster that a GrpcService names Envoy does not say that it is unknown, but that it could not send.
      const failure = lastGrpcFailure();
      if (failure != CallFailure.UnknownCluster && failure != CallFailure.HostFailure) return false;
    }
    return false;
  }

  private addTargetsOf(address: HttpService): void {
    const names = address.clusters();
    for (let i = 0; i < names.length; i++)
      this.targets.push(targetOf(unchecked(names[i]), address.authority));
  }
}

/** The service that a configuration names; null where it names none. */
export function readService(config: Config): RateLimitService | null {
  const global = config.object("global");
  if (global === null) return null;
  const cluster = global.requiredString("cluster");
  const domain = global.requiredString("domain");
  if (isEmpty(global, "cluster", cluster)) global.problem("cluster", "must not be empty");
  if (isEmpty(global, "domain", domain)) global.problem("domain", "must not be empty");
  const timeout = global.integer("timeout_ms", DEFAULT_TIMEOUT_MS, 1, LONGEST_TIMEOUT_MS);
  if (cluster.includes("://") && addressOf(cluster) === null) {
    global.problem("cluster", "expected a cluster, host:port or http://host:port");
  }
  return new RateLimitService(cluster, domain, <u32>timeout);
}

function isEmpty(config: Config, key: string, text: string): bool {
  return text.length == 0 && config.typeOf(key) == JsonType.String;
}

/** The address that a text names, `http://host:port` or `host:port`; null where it is only the name of a cluster. */
function addressOf(cluster: string): HttpService | null {
  if (cluster.includes("://")) return HttpService.parse(cluster);
  return cluster.includes(":") && !cluster.includes("|") ? HttpService.parse("http://" + cluster) : null;
}

/** What a service behind a cluster of Istio's is called: the cluster's own name is no valid authority. */
function authorityOf(cluster: string): string {
  const bar = cluster.lastIndexOf("|");
  return bar < 0 ? "" : cluster.substring(bar + 1);
}

function targetOf(cluster: string, authority: string): GrpcTarget {
  return {
    cluster,
    serviceBytes: authority.length == 0 ? null : grpcService(cluster, authority),
    service: "envoy.service.ratelimit.v3.RateLimitService",
    method: "ShouldRateLimit",
    metadata: [],
  };
}
