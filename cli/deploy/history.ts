import { createHash } from "node:crypto";
import type { WasmPluginSpec } from "../istio/types.js";
import type { Deployed } from "./wasm-plugins.js";

/** One state that a WasmPlugin was in. */
export interface Version {
  /** Counts up from 1, and is never given twice. */
  number: number;
  /** When it came, as ISO 8601; the best that is known of one that came past apw. */
  at: string;
  /** Who: a user of the cluster, or a field manager. */
  by: string;
  /** What brought it, as `update` or `rollback to 3`. */
  what: string;
  /** Of the image's manifest or the module, where it is known; 64 digits. */
  digest?: string;
  spec: WasmPluginSpec;
}

/** The annotation that keeps the versions: the current one first, then those before it. */
export const historyAnnotation = "as-proxy-wasm.versions";

/** Kubernetes allows an object 256 KiB of annotations in total, and kubectl's own takes as much as a spec. */
export const limits = { versions: 10, bytes: 96 * 1024 } as const;

/** Where the current version is: which spec apw wrote last, to see whether somebody else wrote since. */
interface Kept {
  versions: Version[];
}

/**
 * The versions of a WasmPlugin, the newest first; the first is what the cluster has now. One that was brought past apw,
 * by `kubectl apply` or a GitOps tool, is a version like the others.
 */
export function versionsOf(object: Deployed): Version[] {
  const kept = read(object.metadata.annotations?.[historyAnnotation]);
  const [newest] = kept;
  if (newest !== undefined && same(newest.spec, object.spec)) return kept;
  const { by, at } = lastWriter(object);
  const digest = object.spec.sha256 || undefined;
  const found: Version = {
    number: (newest?.number ?? 0) + 1,
    at,
    by,
    what: newest === undefined ? "there before apw" : "changed without apw",
    ...(digest !== undefined && { digest }),
    spec: object.spec,
  };
  return [found, ...kept];
}

/** The versions with one more, as the annotation's text: the oldest go where there would be too many. */
export function remember(before: readonly Version[], version: Omit<Version, "number">): string {
  const number = Math.max(0, ...before.map((one) => one.number)) + 1;
  const all = [{ ...version, number }, ...before].slice(0, limits.versions);
  const text = () => JSON.stringify({ versions: all } satisfies Kept);
  // The current one stays, however large it is: without it the next would be taken for somebody else's.
  while (all.length > 1 && Buffer.byteLength(text()) > limits.bytes) all.pop();
  return text();
}

/** True where two specs say the same, in whatever order their keys are. */
export const same = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

/** A short name of a spec, for people. */
export const fingerprint = (spec: unknown): string =>
  createHash("sha256").update(canonical(spec)).digest("hex").slice(0, 8);

/** JSON with sorted keys and without what means nothing: nulls, as the API server drops them. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined && entry !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Whoever may write annotations may have written anything: what cannot be read is as if it were not there. */
function read(text: string | undefined): Version[] {
  if (text === undefined) return [];
  try {
    const { versions } = JSON.parse(text) as Partial<Kept>;
    if (!Array.isArray(versions)) return [];
    return versions.filter(
      (version) =>
        Number.isSafeInteger(version?.number) &&
        typeof version.spec?.url === "string" &&
        [version.at, version.by, version.what].every((word) => typeof word === "string"),
    );
  } catch {
    return [];
  }
}

function lastWriter({ metadata }: Deployed): { by: string; at: string } {
  const all = [...(metadata.managedFields ?? [])].filter(({ subresource }) => !subresource);
  // Others write labels and annotations only.
  const ofSpec = all.filter(({ fieldsV1 }) => fieldsV1?.["f:spec"] !== undefined);
  const managers = ofSpec.length > 0 ? ofSpec : all;
  // Times are whole seconds: of two writers in one it was not apw, whose spec this would be else.
  const isOurs = ({ manager }: { manager?: string }) => Number(manager === "apw");
  const last = managers.sort(
    (a, b) => (b.time ?? "").localeCompare(a.time ?? "") || isOurs(a) - isOurs(b),
  )[0];
  return {
    by: last?.manager ?? "unknown",
    at: last?.time ?? metadata.creationTimestamp ?? new Date(0).toISOString(),
  };
}
