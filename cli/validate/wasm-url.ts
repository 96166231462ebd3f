import type { WasmPluginSpec } from "../istio/types.js";
import type { Finding } from "./finding.js";
import { parseModuleUrl } from "./url.js";

const rule = "wasmplugin";

/** What is wrong with where the module comes from. */
export function urlFindings({ url, imagePullSecret, imagePullPolicy, sha256 }: WasmPluginSpec): Finding[] {
  if (typeof url !== "string" || url === "") return [];
  const place = ["spec", "url"];
  const parsed = parseModuleUrl(url);
  if (parsed === null)
    return [
      {
        level: "error",
        rule: `${rule}/url`,
        place,
        message: `spec.url ${JSON.stringify(url)} is no URL`,
        proposal: "Write oci://host/name:tag, or http(s)://host/file.wasm.",
      },
    ];
  const found: Finding[] = [];
  const { scheme, digest, tag, path, authority } = parsed;
  if (scheme === null) {
    found.push({
      level: /:\d+$/.test(authority) ? "error" : "warning",
      rule: `${rule}/url-scheme`,
      place,
      message: `spec.url has no scheme: with a port Istio's own checks let it by, and istiod then drops the plugin with a line in its log`,
      proposal: `Write oci://${url}.`,
      fix: [{ set: place, to: `oci://${url}` }],
    });
  } else if (!["oci", "http", "https", "file"].includes(scheme)) {
    const proposal =
      scheme === "docker" ? `Write oci://${authority}${path}.` : "Istio takes oci, http, https and file.";
    found.push({
      level: "error",
      rule: `${rule}/url-scheme`,
      place,
      message: `spec.url has the scheme ${scheme}, which Istio refuses`,
      proposal,
    });
  }
  if (authority === "" && scheme !== "file")
    found.push({ level: "error", rule: `${rule}/url`, place, message: "spec.url names no host" });
  if (scheme === "file")
    found.push({
      level: "notice",
      rule: `${rule}/url-file`,
      place,
      message: "spec.url names a file in the container of each proxy: it must have been mounted there",
    });
  const isImage = scheme === "oci" || scheme === null;
  if (isImage && path === "" && authority !== "")
    found.push({
      level: "warning",
      rule: `${rule}/url`,
      place,
      message: `spec.url names no image on ${authority}`,
    });
  if (digest !== null && !/^[a-f0-9]{64}$/.test(digest))
    found.push({
      level: "error",
      rule: `${rule}/url-digest`,
      place,
      message: "spec.url has a digest that is not sha256: and 64 hexadecimal digits in lower case",
    });
  if (isImage && digest === null && !sha256 && (tag === null || tag === "latest"))
    found.push({
      level: "warning",
      rule: `${rule}/floating-tag`,
      place,
      message: `spec.url ${tag === null ? "has no tag, which means latest" : "has the tag latest"}: what runs changes without anybody having said so${imagePullPolicy === "IfNotPresent" ? ", and differs between proxies" : ""}`,
      proposal: "Name a version, and its digest in spec.sha256 (`apw image push` prints both).",
    });
  if (imagePullSecret !== undefined && !isImage)
    found.push({
      level: "warning",
      rule: `${rule}/pull-secret`,
      place: ["spec", "imagePullSecret"],
      message: "spec.imagePullSecret is of no use with a url that is not oci://",
    });
  return found;
}

/** What is wrong with the digest that it must have. */
export function digestFindings({ url, sha256 }: WasmPluginSpec): Finding[] {
  const place = ["spec", "sha256"];
  if (typeof sha256 !== "string" || sha256 === "") return [];
  const bare = sha256
    .replace(/^sha256:/i, "")
    .trim()
    .toLowerCase();
  if (bare !== sha256 && /^[a-f0-9]{64}$/.test(bare))
    return [
      {
        level: "error",
        rule: `${rule}/sha256`,
        place,
        message: "spec.sha256 must be the 64 hexadecimal digits alone, in lower case",
        proposal: `Write ${bare}.`,
        fix: [{ set: place, to: bare }],
      },
    ];
  const digest = typeof url === "string" ? (parseModuleUrl(url)?.digest ?? null) : null;
  if (digest !== null && digest !== sha256)
    return [
      {
        level: "error",
        rule: `${rule}/sha256`,
        place,
        message: "spec.sha256 is another digest than the one in spec.url",
        proposal: "Leave one of them out.",
      },
    ];
  return [];
}
