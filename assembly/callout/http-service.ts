import { LogLevel } from "../abi/enums";
import { lowerCaseText } from "../runtime/ascii";
import { decimal } from "../runtime/decimal";
import { ContextHandle } from "../runtime/handle";
import { writeLog } from "../runtime/log";
import { nodeMetadata } from "../state/properties/xds";
import { CallFailure } from "./failure";
import { HttpCall, HttpCallHandler, makeHttpCall } from "./http-call";

/** What comes after a service's name and namespace in Kubernetes. */
const SUFFIX = ".svc.cluster.local";

/**
 * A service that is named by a URL, and reached through a cluster of Envoy's.
 *
 * Where the cluster is not given, it is one that Istio makes for services: `outbound|8181||opa.policy` for
 * `http://opa.policy:8181`, then `outbound|8181||opa.policy.svc.cluster.local`; for a name without a dot also one in the
 * proxy's own namespace. The first that the host knows is kept.
 */
@final
export class HttpService {
  private candidates: string[] = [];
  /** The candidate that was known last. */
  private known: i32 = 0;
  private complained: bool = false;

  private constructor(
    /** Whether the URL is an `https` one: the cluster has to bring TLS along. */
    readonly isSecure: bool,
    /** The host of the URL, in small letters, without its port; that of an IPv6 address is in brackets. */
    readonly host: string,
    /** The port: the URL's, or 80 or 443. */
    readonly port: u32,
    /** What goes into `:authority`: the host, and the port unless it is the scheme's own. */
    readonly authority: string,
    /** The path with its query; at least `/`. */
    readonly path: string,
  ) {}

  /**
   * The service of an `http` or `https` URL; null for a text that is none: user information, a fragment, white space and
   * what is not ASCII are refused. With `cluster` requests go through that cluster and through no other.
   */
  static parse(url: string, cluster: string = ""): HttpService | null {
    const secure = url.startsWith("https://");
    if (!secure && !url.startsWith("http://")) return null;
    const begin = secure ? 8 : 7;
    let slash = begin;
    for (let i = begin; i < url.length; i++) {
      const code = url.charCodeAt(i);
      if (code <= 0x20 || code >= 0x7f || code == 0x23 || code == 0x5c) return null;
    }
    while (slash < url.length && url.charCodeAt(slash) != 0x2f && url.charCodeAt(slash) != 0x3f) slash += 1;
    const authority = lowerCaseText(url.substring(begin, slash));
    const hostEnd = endOfHost(authority);
    if (hostEnd <= 0) return null;
    const standard: u32 = secure ? 443 : 80;
    let port = standard;
    if (hostEnd < authority.length) {
      port = portOf(authority.substring(hostEnd + 1));
      if (port == 0) return null;
    }
    const host = authority.substring(0, hostEnd);
    const rest = url.substring(slash);
    const path = rest.length == 0 ? "/" : rest.startsWith("/") ? rest : "/" + rest;
    const service = new HttpService(
      secure,
      host,
      port,
      port == standard ? host : host + ":" + decimal(port),
      path,
    );
    if (cluster.length != 0) service.candidates.push(cluster);
    return service;
  }

  /** The clusters that are tried, in their order. */
  clusters(): string[] {
    const candidates = this.candidates;
    if (candidates.length != 0) return candidates;
    const prefix = "outbound|" + decimal(this.port) + "||" + this.host;
    candidates.push(prefix);
    if (!this.isInCluster()) return candidates;
    if (this.host.includes(".")) {
      candidates.push(prefix + (this.host.endsWith(".svc") ? ".cluster.local" : SUFFIX));
    } else {
      const namespace = nodeMetadata("NAMESPACE");
      if (namespace !== null && namespace.length != 0) candidates.push(prefix + "." + namespace + SUFFIX);
      candidates.push(prefix + SUFFIX);
    }
    return candidates;
  }

  /**
   * Makes a call on behalf of a context, as its `dispatchHttpCall` does. Where the host knows none of the clusters, that
   * is logged with all their names, once until one of them is known.
   */
  dispatch(context: ContextHandle, call: HttpCall, handler: HttpCallHandler): CallFailure {
    const clusters = this.clusters();
    for (let i = 0; i < clusters.length; i++) {
      const index = (this.known + i) % clusters.length;
      const failure = makeHttpCall(context, clusters[index], call, handler);
      if (failure == CallFailure.UnknownCluster) continue;
      if (failure == CallFailure.None) {
        this.known = index;
        this.complained = false;
      }
      return failure;
    }
    if (!this.complained) {
      this.complained = true;
      writeLog(
        LogLevel.Error,
        "no cluster for " + this.authority + " is known to the host: tried " + clusters.join(", "),
      );
    }
    return CallFailure.UnknownCluster;
  }

  /** Whether the name can be one of a service of the mesh: no address, and not a whole name of Kubernetes's already. */
  private isInCluster(): bool {
    const host = this.host;
    if (host.startsWith("[") || host.endsWith(SUFFIX)) return false;
    for (let i = 0; i < host.length; i++) {
      const code = host.charCodeAt(i);
      if (code != 0x2e && (code < 0x30 || code > 0x39)) return true;
    }
    return false;
  }
}

/** Where a host ends in what stands before a URL's path; -1 when there is none, or something else in it. */
function endOfHost(authority: string): i32 {
  if (authority.startsWith("[")) {
    const close = authority.indexOf("]");
    if (close < 3) return -1;
    for (let i = 1; i < close; i++) {
      const code = authority.charCodeAt(i);
      const hexadecimal = (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
      if (!hexadecimal && code != 0x3a && code != 0x2e) return -1;
    }
    const end = close + 1;
    return end == authority.length || authority.charCodeAt(end) == 0x3a ? end : -1;
  }
  let at = 0;
  while (at < authority.length && isHostCharacter(authority.charCodeAt(at))) at += 1;
  return at == authority.length || authority.charCodeAt(at) == 0x3a ? at : -1;
}

function isHostCharacter(code: i32): bool {
  const letterOrDigit = (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
  return letterOrDigit || code == 0x2d || code == 0x2e || code == 0x5f;
}

/** A port from its digits; 0 where they are none. */
function portOf(digits: string): u32 {
  if (digits.length == 0 || digits.length > 5) return 0;
  let port: u32 = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = <u32>digits.charCodeAt(i) - 0x30;
    if (digit > 9) return 0;
    port = port * 10 + digit;
  }
  return port <= 65535 ? port : 0;
}
