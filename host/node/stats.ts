import { type Histogram, MetricType, type SharedState } from "../index.js";
import type { Failure } from "./upstream-request.js";

/** A statistic as the admin interface shows it. */
export interface Stat {
  /** As on `/stats`. */
  name: string;
  type: MetricType;
  value: bigint;
  /** What a histogram was given; there is none of others. */
  histogram?: Histogram;
  /** Its name for Prometheus, and labels, where rules have nothing to do with them. */
  prometheus?: { name: string; labels: [name: string, value: string][] };
}

/** What Envoy counts of its own that says most about plugins: requests, answers by class, connections. */
export class ProxyStats {
  private readonly values = new Map<string, Stat>();

  constructor(workers: number) {
    this.gauge("server.live").value = 1n;
    this.gauge("server.concurrency").value = BigInt(workers);
    for (const name of ["downstream_cx_total", "downstream_rq_total", "downstream_rq_rx_reset"])
      this.http(name);
    for (const name of ["downstream_cx_active", "downstream_rq_active"]) this.http(name, MetricType.Gauge);
    for (const statusClass of [1, 2, 3, 4, 5]) this.byClass("http.main.downstream_rq", statusClass);
    for (const name of ["upstream_rq_total", "upstream_rq_timeout", "upstream_cx_connect_fail"])
      this.cluster(name);
  }

  connected(): void {
    this.http("downstream_cx_total").value++;
    this.http("downstream_cx_active", MetricType.Gauge).value++;
  }

  disconnected(): void {
    this.http("downstream_cx_active", MetricType.Gauge).value--;
  }

  requested(): void {
    this.http("downstream_rq_total").value++;
    this.http("downstream_rq_active", MetricType.Gauge).value++;
  }

  answered(status: number): void {
    this.byClass("http.main.downstream_rq", Math.floor(status / 100)).value++;
  }

  /** A request is over, with a complete answer or without. */
  over(complete: boolean): void {
    this.http("downstream_rq_active", MetricType.Gauge).value--;
    if (!complete) this.http("downstream_rq_rx_reset").value++;
  }

  upstreamRequest(): void {
    this.cluster("upstream_rq_total").value++;
  }

  upstreamAnswered(status: number): void {
    this.byClass("cluster.upstream.upstream_rq", Math.floor(status / 100)).value++;
  }

  upstreamFailure(failure: Failure): void {
    if (failure === "timeout") this.cluster("upstream_rq_timeout").value++;
    if (failure === "refused" || failure === "connect timeout")
      this.cluster("upstream_cx_connect_fail").value++;
  }

  /** The proxy's own, and those of the plugins under Envoy's `wasmcustom.`. */
  all(shared: SharedState): Stat[] {
    const custom = shared.metrics.map((metric) => ({ ...metric, name: `wasmcustom.${metric.name}` }));
    return [...this.values.values(), ...custom];
  }

  private http(name: string, type = MetricType.Counter): Stat {
    return this.stat(`http.main.${name}`, type, `envoy_http_${name}`, [prefix]);
  }

  private cluster(name: string): Stat {
    return this.stat(`cluster.upstream.${name}`, MetricType.Counter, `envoy_cluster_${name}`, [cluster]);
  }

  private gauge(name: string): Stat {
    return this.stat(name, MetricType.Gauge, `envoy_${name.replaceAll(".", "_")}`, []);
  }

  private byClass(start: string, statusClass: number): Stat {
    const [group = "", of = "", what = ""] = start.split(".");
    const label = ["envoy_response_code_class", String(statusClass)] as [string, string];
    const owner: [string, string] = group === "http" ? [prefix[0], of] : [cluster[0], of];
    return this.stat(`${start}_${statusClass}xx`, MetricType.Counter, `envoy_${group}_${what}_xx`, [
      label,
      owner,
    ]);
  }

  private stat(name: string, type: MetricType, prometheusName: string, labels: [string, string][]): Stat {
    const known = this.values.get(name);
    if (known !== undefined) return known;
    const made = { name, type, value: 0n, prometheus: { name: prometheusName, labels } };
    this.values.set(name, made);
    return made;
  }
}

const prefix: [string, string] = ["envoy_http_conn_manager_prefix", "main"];
const cluster: [string, string] = ["envoy_cluster_name", "upstream"];
