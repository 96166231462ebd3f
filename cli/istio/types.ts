/** Istio's objects as far as they carry Wasm, typed after `schemas/`. */

export interface ObjectMeta {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface TargetRef {
  group?: string;
  kind: string;
  name: string;
  namespace?: string;
}

export interface WasmPluginSpec {
  selector?: { matchLabels?: Record<string, string> };
  /** The older form of `targetRefs`. */
  targetRef?: TargetRef;
  targetRefs?: TargetRef[];
  /** `oci://`, `http://`, `https://` or `file://`. */
  url: string;
  /** Of `oci://` the digest of the image's manifest, of `http(s)://` that of the module; 64 hexadecimal digits. */
  sha256?: string;
  imagePullPolicy?: "UNSPECIFIED_POLICY" | "IfNotPresent" | "Always";
  imagePullSecret?: string;
  verificationKey?: string;
  pluginConfig?: Record<string, unknown>;
  /** Envoy's root_id. */
  pluginName?: string;
  phase?: "UNSPECIFIED_PHASE" | "AUTHN" | "AUTHZ" | "STATS";
  /** Within a phase the higher number runs first. */
  priority?: number | null;
  failStrategy?: "FAIL_CLOSE" | "FAIL_OPEN" | "FAIL_RELOAD";
  vmConfig?: { env?: { name: string; value?: string; valueFrom?: "INLINE" | "HOST" }[] };
  match?: { mode?: "UNDEFINED" | "CLIENT" | "SERVER" | "CLIENT_AND_SERVER"; ports?: { number: number }[] }[];
  type?: "UNSPECIFIED_PLUGIN_TYPE" | "HTTP" | "NETWORK";
}

export interface WasmPlugin {
  apiVersion: "extensions.istio.io/v1alpha1";
  kind: "WasmPlugin";
  metadata: ObjectMeta;
  spec: WasmPluginSpec;
}

export interface ConfigPatch {
  applyTo?: string;
  match?: {
    context?: "ANY" | "SIDECAR_INBOUND" | "SIDECAR_OUTBOUND" | "GATEWAY" | "WAYPOINT";
    proxy?: { proxyVersion?: string; metadata?: Record<string, string> };
    listener?: {
      portNumber?: number;
      name?: string;
      filterChain?: { filter?: { name?: string; subFilter?: { name?: string } } };
    };
    [other: string]: unknown;
  };
  patch?: { operation?: string; value?: Record<string, unknown>; filterClass?: string };
}

export interface EnvoyFilter {
  apiVersion: "networking.istio.io/v1alpha3";
  kind: "EnvoyFilter";
  metadata: ObjectMeta;
  spec?: {
    workloadSelector?: { labels?: Record<string, string> };
    targetRefs?: TargetRef[];
    configPatches?: ConfigPatch[];
    priority?: number;
  };
}
