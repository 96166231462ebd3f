import type { WasmPluginSpec } from "../istio/types.js";
import type { Place } from "../validate/finding.js";

/** Which proxies get a plugin. */
export type Target =
  /** Pods with these labels. */
  | { labels: Record<string, string> }
  /** A Gateway of the Gateway API. */
  | { gateway: string }
  /** A Service, at its waypoint. */
  | { service: string }
  /** All pods of the namespace. */
  | "namespace";

/** Where the module is fetched from. */
export interface ModuleSource {
  /** `oci://host/name:tag`, or http(s) of the module itself. */
  url: string;
  /** 64 hexadecimal digits: of an image its manifest's digest, of http(s) the module's. */
  sha256?: string;
  pullPolicy?: "IfNotPresent" | "Always";
  pullSecret?: string;
}

/** A service that a plugin calls, by what its configuration says. */
export interface Callout {
  /** The cluster's name in Envoy. */
  cluster: string;
  /** A name, or an address, which is never in brackets. */
  host: string;
  port: number;
  tls: boolean;
  grpc: boolean;
  /** The key of the configuration that names it. */
  key: string;
  /** Where in the configuration the cluster may be named; absent of what Envoy itself calls. */
  clusterKey?: Place;
  /** True of what Kubernetes knows by its name: Istio makes the cluster by itself. */
  isInMesh: boolean;
}

/** What somebody may choose of a deployment; what is left out is chosen by what the plugin needs. */
export interface Choices {
  /** The object's name. */
  name?: string;
  /** Where the module is, as in `ModuleSource`. */
  image?: string;
  sha256?: string;
  pullPolicy?: "IfNotPresent" | "Always";
  pullSecret?: string;
  type?: Deployment["type"];
  phase?: Deployment["phase"];
  mode?: Deployment["mode"];
  priority?: number;
  failStrategy?: Deployment["failStrategy"];
  /** Logs at debug. */
  debug?: boolean;
}

/** One plugin as it is to be deployed, with the reason of each choice for the comments. */
export interface Deployment {
  /** What the plugin is registered as: Envoy's root_id, Istio's pluginName. */
  plugin: string;
  /** The object's name. */
  name: string;
  namespace: string | undefined;
  source: ModuleSource;
  target: Target;
  /** True where the target is a gateway: its traffic counts as CLIENT. */
  isAtGateway: boolean;
  type: "HTTP" | "NETWORK";
  phase: NonNullable<WasmPluginSpec["phase"]>;
  mode: "CLIENT" | "SERVER" | "CLIENT_AND_SERVER";
  ports: number[];
  priority: number;
  failStrategy: NonNullable<WasmPluginSpec["failStrategy"]>;
  config: Record<string, unknown> | undefined;
  env: { name: string; value?: string; valueFrom?: "HOST" }[];
  /** True where the module must hold headers while a body comes, which Envoy has to allow. */
  holdsHeaders: boolean;
  callouts: Callout[];
  /** Why these were chosen. */
  reasons: Partial<Record<"target" | "phase" | "mode" | "priority" | "failStrategy" | "config", string>>;
}
